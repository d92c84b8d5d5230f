import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { useServices } from '../../lib/services.ts';
import { isLocal, type ThreadMessage } from '../../lib/thread.ts';
import { useTexts } from '../../lib/use-texts.ts';
import { threadWith } from '../../lib/without-messages.ts';

/** Deletes a question or an answer with all that follows it, once it is clear what that is. */
export function DeleteMessage({ message }: { message: ThreadMessage }) {
  const { chat } = useServices();
  const texts = useTexts().messages.deleting;
  const [isOpen, setOpen] = useState(false);
  const { id, role } = message;
  if (isLocal(message)) return null;
  const what = role === 'user' ? texts.question : texts.answer;
  const remove = async (): Promise<void> => {
    const threadId = threadWith(chat.threads.get(), id);
    if (threadId !== undefined) await chat.remove(threadId, id);
  };
  return (
    <>
      <IconButton icon={Trash2} label={what.label} size="small" onClick={() => setOpen(true)} />
      <ConfirmDialog
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        title={what.title}
        action={texts.action}
        onConfirm={remove}
      >
        <p>{what.goes}</p>
      </ConfirmDialog>
    </>
  );
}
