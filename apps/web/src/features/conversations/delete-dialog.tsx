import { useState } from 'react';
import type { Conversation } from '@cloudtolocalllm/sdk';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { describeFailure, type Failure } from '../../lib/failure.ts';
import { useServices } from '../../lib/services.ts';

/** Asks before a conversation is gone for good. */
export function DeleteDialog({
  conversation,
  onClose,
}: {
  conversation: Conversation | undefined;
  onClose: () => void;
}) {
  const { conversations, chat, router } = useServices();
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const close = (): void => {
    setFailure(undefined);
    onClose();
  };
  const remove = async ({ id }: Conversation): Promise<void> => {
    setBusy(true);
    try {
      await conversations.remove(id);
      const route = router.route.get();
      if (route.name === 'conversation' && route.conversationId === id) router.navigate('/', { replace: true });
      chat.forget(id);
      close();
    } catch (error) {
      setFailure(describeFailure(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog isOpen={conversation !== undefined} onClose={close} label="Delete conversation" place="sheet">
      {conversation && (
        <div className="flex flex-col gap-6">
          <div className="flex flex-col gap-2">
            <h2 className="text-title font-strong">Delete this conversation?</h2>
            <p className="wrap-anywhere text-ink-soft">
              “{conversation.title}” and its messages will be gone for good.
            </p>
            {failure && (
              <p role="alert" className="text-bad">
                {failure.title}
              </p>
            )}
          </div>
          <div className="flex justify-end gap-2 max-sm:flex-col-reverse">
            <Button onClick={close}>Cancel</Button>
            <Button look="danger" disabled={isBusy} onClick={() => void remove(conversation)}>
              Delete
            </Button>
          </div>
        </div>
      )}
    </Dialog>
  );
}
