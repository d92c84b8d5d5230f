import { useState } from 'react';
import { lazily } from './lazily.tsx';
import { LazyOverlay } from './lazy-overlay.tsx';
import type { ModalProps } from './modal.tsx';

const Modal = lazily(async () => (await import('./modal.tsx')).Modal);

/** A modal dialog; its code comes when one is first opened. */
export function Dialog(props: ModalProps) {
  const [wasOpen, setWasOpen] = useState(props.isOpen);
  if (props.isOpen && !wasOpen) setWasOpen(true);
  if (!wasOpen) return null;
  // Stays when it closes: it has to move out.
  const fail = (): void => {
    setWasOpen(false);
    props.onClose();
  };
  return (
    <LazyOverlay onFailed={fail}>
      <Modal {...props} />
    </LazyOverlay>
  );
}
