import { useState } from 'react';
import { useTexts } from '../lib/use-texts.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';

export type RenameDialogProps = {
  isOpen: boolean;
  onClose: () => void;
  /** What is renamed, as a heading. */
  title: string;
  /** The verb on the button. */
  action: string;
  name: string;
  /** As many characters as the relay takes. */
  maxLength: number;
  /** Only of another name than before. */
  onRename: (name: string) => void;
};

/** Gives something another name. */
export function RenameDialog(props: RenameDialogProps) {
  return (
    <Dialog isOpen={props.isOpen} onClose={props.onClose} label={props.title} place="sheet">
      {props.isOpen && <RenameForm {...props} />}
    </Dialog>
  );
}

function RenameForm({ onClose, title, action, name, maxLength, onRename }: RenameDialogProps) {
  const { cancel } = useTexts().common;
  const [written, setWritten] = useState(name);
  const wanted = written.trim();
  return (
    <form
      className="flex flex-col gap-6"
      onSubmit={(event) => {
        event.preventDefault();
        if (wanted === '') return;
        if (wanted !== name) onRename(wanted);
        onClose();
      }}
    >
      <label className="flex flex-col gap-3">
        <span className="text-title font-strong">{title}</span>
        <input
          type="text"
          dir="auto"
          maxLength={maxLength}
          value={written}
          onChange={(event) => setWritten(event.target.value)}
          onFocus={(event) => event.target.select()}
          className="min-h-11 rounded-row border border-line-strong bg-surface px-3 text-body caret-accent"
        />
      </label>
      <div className="flex justify-end gap-2 max-sm:flex-col-reverse">
        <Button onClick={onClose}>{cancel}</Button>
        <Button look="primary" type="submit" disabled={wanted === ''}>
          {action}
        </Button>
      </div>
    </form>
  );
}
