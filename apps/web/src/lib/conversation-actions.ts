import { UNDO_DELETE_MS, type Client, type Conversation } from '@cloudtolocalllm/sdk';
import { describeFailure, inWords } from './failure.ts';
import type { TextsNow } from './language.ts';
import type { Toasts } from './toasts.ts';

export type ConversationActionsOptions = {
  calls: {
    conversations: Pick<Client['conversations'], 'update' | 'delete' | 'restore'>;
    transfer: Pick<Client['transfer'], 'exportOne' | 'exportAll'>;
    account: Pick<Client['account'], 'exportAll'>;
  };
  toasts: Pick<Toasts, 'show'>;
  texts: TextsNow;
  put: (conversation: Conversation) => void;
  drop: (conversationId: string) => void;
  /** Looks at something else when this conversation is looked at; says whether it was. */
  leave: (conversationId: string) => boolean;
  /** Looks at it again. */
  enter: (conversationId: string) => void;
  /** Gives the person a file. */
  download: (name: string, content: Blob) => void;
  now?: () => number;
};

export type ConversationActions = ReturnType<typeof createConversationActions>;

export type ExportFormat = 'json' | 'markdown';

/** What a person does with a whole conversation. What goes wrong is said in a toast, and nothing has changed then. */
export function createConversationActions({
  calls,
  toasts,
  texts,
  put,
  drop,
  leave,
  enter,
  download,
  now = Date.now,
}: ConversationActionsOptions) {
  async function guarded(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      toasts.show({ text: inWords(describeFailure(error), texts.get()).title });
    }
  }
  const change = (
    { id }: Conversation,
    part: { title: string } | { pinned: boolean } | { archived: boolean },
  ): Promise<void> => guarded(async () => put(await calls.conversations.update(id, part)));

  return {
    rename: (conversation: Conversation, title: string) => change(conversation, { title }),
    pin: (conversation: Conversation, pinned: boolean) => change(conversation, { pinned }),

    archive: (conversation: Conversation, archived: boolean) =>
      guarded(async () => {
        put(await calls.conversations.update(conversation.id, { archived }));
        const undo = (): void => void change(conversation, { archived: !archived });
        const words = texts.get().composer;
        const text = archived ? words.archived : words.unarchived;
        toasts.show({ text, action: { label: words.undo, run: undo } });
      }),

    /** It can be had back for as long as the relay says. */
    remove: (conversation: Conversation) =>
      guarded(async () => {
        drop(conversation.id);
        try {
          const { undoUntil } = await calls.conversations.delete(conversation.id);
          const wasOpen = leave(conversation.id);
          const restore = async (): Promise<void> => {
            put(await calls.conversations.restore(conversation.id));
            if (wasOpen) enter(conversation.id);
          };
          const undo = (): void => void guarded(restore);
          // The relay's clock and this one may differ: never longer than what it grants.
          const forMs = Math.max(1_000, Math.min(UNDO_DELETE_MS, Date.parse(undoUntil) - now()));
          const words = texts.get().composer;
          toasts.show({ text: words.deleted(conversation.title), action: { label: words.undo, run: undo }, forMs });
        } catch (error) {
          put(conversation);
          throw error;
        }
      }),

    export: ({ id, title }: Conversation, format: ExportFormat) =>
      guarded(async () => download(fileName(title, format), await calls.transfer.exportOne(id, { format }))),
    /** Not the conversations alone: all that the relay has of the person. */
    exportAccount: () =>
      guarded(async () =>
        download(`account-${new Date(now()).toISOString().slice(0, 10)}.json`, await calls.account.exportAll()),
      ),
    exportAll: (format: ExportFormat) =>
      guarded(async () => download(fileName('conversations', format), await calls.transfer.exportAll({ format }))),
  };
}

function fileName(title: string, format: ExportFormat): string {
  const name = title
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 60);
  return `${name === '' ? 'conversation' : name}.${format === 'json' ? 'json' : 'md'}`;
}
