import { useEffect, useRef, type ReactNode } from 'react';

const PLACES = {
  drawer: 'm-0 h-dvh max-h-none w-[min(20rem,calc(100vw-3rem))] max-w-none [--dialog-from:-1rem_0] bg-sunken',
  sheet:
    'mx-0 mt-auto mb-0 w-full max-w-none [--dialog-from:0_1rem] rounded-t-large bg-surface p-6 pb-[max(1.5rem,env(safe-area-inset-bottom))] ' +
    'sm:m-auto sm:w-full sm:max-w-md sm:rounded-large',
} as const;

export type DialogProps = {
  isOpen: boolean;
  onClose: () => void;
  label: string;
  place: keyof typeof PLACES;
  children: ReactNode;
};

/** A native modal dialog: the browser keeps the focus inside, closes it with Escape and gives the focus back. */
export function Dialog({ isOpen, onClose, label, place, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isOpen && !ref.current?.open) ref.current?.showModal();
    if (!isOpen) ref.current?.close();
  }, [isOpen]);
  useEffect(() => {
    const dialog = ref.current;
    // The backdrop belongs to the dialog itself; what is inside has elements of its own.
    const onClick = (event: MouseEvent): void => {
      if (event.target === dialog) dialog?.close();
    };
    dialog?.addEventListener('click', onClick);
    return () => dialog?.removeEventListener('click', onClick);
  }, []);
  return (
    <dialog
      ref={ref}
      aria-label={label}
      onClose={onClose}
      className={`dialog-motion text-ink shadow-float ${PLACES[place]}`}
    >
      {isOpen && children}
    </dialog>
  );
}
