import { useState } from 'react';
import type { Conversation } from '@cloudtolocalllm/sdk';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { useServices } from '../../lib/services.ts';
import { useTexts } from '../../lib/use-texts.ts';

export type RenameDialogProps = { conversation: Conversation | undefined; onClose: () => void };

export function RenameDialog({ conversation, onClose }: RenameDialogProps) {
  const texts = useTexts().conversations;
  return (
    <Dialog isOpen={conversation !== undefined} onClose={onClose} label={texts.renameTitle} place="sheet">
      {conversation && <RenameForm conversation={conversation} onClose={onClose} />}
    </Dialog>
  );
}

/** As many characters as the relay takes. */
const MAX_TITLE = 200;

function RenameForm({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  const { actions } = useServices();
  const texts = useTexts();
  const [title, setTitle] = useState(conversation.title);
  const isGood = title.trim() !== '';
  return (
    <form
      className="flex flex-col gap-6"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isGood) return;
        if (title.trim() !== conversation.title) void actions.rename(conversation, title.trim());
        onClose();
      }}
    >
      <label className="flex flex-col gap-3">
        <span className="text-title font-strong">{texts.conversations.renameTitle}</span>
        <input
          type="text"
          dir="auto"
          maxLength={MAX_TITLE}
          value={title}
          onChange={(event) => setTitle(event.target.value)}
          onFocus={(event) => event.target.select()}
          className="min-h-11 rounded-row border border-line-strong bg-surface px-3 text-body caret-accent"
        />
      </label>
      <div className="flex justify-end gap-2 max-sm:flex-col-reverse">
        <Button onClick={onClose}>{texts.common.cancel}</Button>
        <Button look="primary" type="submit" disabled={!isGood}>
          {texts.conversations.rename}
        </Button>
      </div>
    </form>
  );
}
