import { useState, type ReactNode } from 'react';
import { describeFailure, type Failure } from '../lib/failure.ts';
import { useTexts } from '../lib/use-texts.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { FailureLine } from './failure-line.tsx';

export type ConfirmDialogProps = {
  isOpen: boolean;
  onClose: () => void;
  /** The question, such as "Revoke “Laptop”?" */
  title: string;
  /** What it means for the person. */
  children?: ReactNode;
  /** The verb on the button. */
  action: string;
  /** Closes the dialog when it is done; what it throws is shown, and can be tried again. */
  onConfirm: () => Promise<unknown>;
  look?: 'danger' | 'primary';
};

/** Asks before what can't be undone. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  return (
    <Dialog isOpen={props.isOpen} onClose={props.onClose} label={props.title} place="sheet">
      <Question {...props} />
    </Dialog>
  );
}

function Question({ onClose, title, children, action, onConfirm, look = 'danger' }: ConfirmDialogProps) {
  const texts = useTexts();
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const confirm = async (): Promise<void> => {
    setBusy(true);
    setFailure(undefined);
    try {
      await onConfirm();
      onClose();
    } catch (error) {
      setFailure(describeFailure(error));
    }
    setBusy(false);
  };
  return (
    <div className="flex flex-col gap-6">
      <div className="flex flex-col gap-2">
        <h2 dir="auto" className="text-title font-strong wrap-anywhere">
          {title}
        </h2>
        {children !== undefined && <div className="text-ink-soft">{children}</div>}
        <FailureLine failure={failure} />
      </div>
      <div className="flex justify-end gap-2 max-sm:flex-col-reverse">
        <Button onClick={onClose}>{texts.common.cancel}</Button>
        <Button look={look} disabled={isBusy} onClick={() => void confirm()}>
          {action}
        </Button>
      </div>
    </div>
  );
}
