import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { describeFailure, inWords, type Failure } from '../../lib/failure.ts';
import { useServices } from '../../lib/services.ts';
import { useTexts } from '../../lib/use-texts.ts';
import { useWords } from './use-words.ts';

export type DeleteDialogProps = { isOpen: boolean; onClose: () => void };

export function DeleteDialog({ isOpen, onClose }: DeleteDialogProps) {
  const { deleteTitle } = useWords();
  return (
    <Dialog isOpen={isOpen} onClose={onClose} label={deleteTitle} place="sheet">
      <DeleteForm onClose={onClose} />
    </Dialog>
  );
}

/** Says what will be gone; a word has to be written, since nothing of it comes back. */
function DeleteForm({ onClose }: { onClose: () => void }) {
  const { client, session } = useServices();
  const texts = useTexts();
  const words = useWords();
  const [typed, setTyped] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [failed, setFailed] = useState<Failure>();
  const isSure = typed.trim().toLowerCase() === words.deleteWord;
  const failure = failed && inWords(failed, texts);

  async function deleteAll(): Promise<void> {
    setBusy(true);
    setFailed(undefined);
    try {
      await client.account.deleteEverything('delete everything');
      // Without tokens first: a request of this page would begin the account anew.
      await session.erased();
      await session.signOut();
    } catch (error) {
      setFailed(describeFailure(error));
      setBusy(false);
    }
  }
  return (
    <form
      className="flex flex-col gap-6"
      onSubmit={(event) => {
        event.preventDefault();
        if (isSure && !isBusy) void deleteAll();
      }}
    >
      <div className="flex flex-col gap-3">
        <h2 className="text-title font-strong">{words.deleteTitle}</h2>
        <p>{words.deleteGone}</p>
        <ul className="flex list-disc flex-col gap-1 ps-5 text-ink-soft">
          {words.deleteList.map((what) => (
            <li key={what}>{what}</li>
          ))}
        </ul>
        <p className="font-strong">{words.deleteNoUndo}</p>
      </div>
      <label className="flex flex-col gap-2">
        <span>{words.deleteConfirm(words.deleteWord)}</span>
        <input
          type="text"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          className="min-h-11 rounded-row border border-line-strong bg-surface px-3 text-body caret-accent"
        />
      </label>
      {failure && (
        <p role="alert" className="text-bad">
          {failure.title}
          {failure.detail === undefined ? '' : `: ${failure.detail}`}
        </p>
      )}
      <div className="flex justify-end gap-2 max-sm:flex-col-reverse">
        <Button onClick={onClose}>{texts.common.cancel}</Button>
        <Button look="danger" type="submit" disabled={!isSure || isBusy}>
          {isBusy ? words.deleting : words.deleteAll}
        </Button>
      </div>
    </form>
  );
}
