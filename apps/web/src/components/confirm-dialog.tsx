import type { ReactNode } from 'react';
import { useTexts } from '../lib/use-texts.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';

export type ConfirmDialogProps = {
  isOpen: boolean;
  onClose: () => void;
  title: string;
  /** What it means, in a sentence or two. */
  children: ReactNode;
  /** The verb on the button that does it. */
  action: string;
  onConfirm: () => void;
};

/** Asks before something that can't be undone. */
export function ConfirmDialog({ isOpen, onClose, title, children, action, onConfirm }: ConfirmDialogProps) {
  const texts = useTexts();
  return (
    <Dialog isOpen={isOpen} onClose={onClose} label={title} place="sheet">
      <div className="flex flex-col gap-6">
        <div className="flex flex-col gap-2">
          <h2 dir="auto" className="text-title font-strong wrap-anywhere">
            {title}
          </h2>
          <p className="text-ink-soft">{children}</p>
        </div>
        <div className="flex justify-end gap-2 max-sm:flex-col-reverse">
          <Button onClick={onClose}>{texts.common.cancel}</Button>
          <Button
            look="danger"
            onClick={() => {
              onConfirm();
              onClose();
            }}
          >
            {action}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
