import { lazy, Suspense, useState } from 'react';
import type { ModalProps } from './modal.tsx';

const Modal = lazy(async () => ({ default: (await import('./modal.tsx')).Modal }));

/** A modal dialog; its code comes when one is first opened. */
export function Dialog(props: ModalProps) {
  const [wasOpen, setWasOpen] = useState(props.isOpen);
  if (props.isOpen && !wasOpen) setWasOpen(true);
  if (!wasOpen) return null;
  // Stays when it closes: it has to move out.
  return (
    <Suspense>
      <Modal {...props} />
    </Suspense>
  );
}
