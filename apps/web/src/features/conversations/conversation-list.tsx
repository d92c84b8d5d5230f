import { useState } from 'react';
import type { Conversation } from '@cloudtolocalllm/sdk';
import { Button } from '../../components/button.tsx';
import { RenameDialog } from '../../components/rename-dialog.tsx';
import type { ConversationsStore } from '../../lib/conversations.ts';
import { inWords } from '../../lib/failure.ts';
import { useServices } from '../../lib/services.ts';
import { dateGroup } from '../../lib/time-words.ts';
import { useNow } from '../../lib/use-now.ts';
import { useStore } from '../../lib/use-store.ts';
import { useTexts } from '../../lib/use-texts.ts';
import { ConversationRow } from './conversation-row.tsx';

/** As many characters as the relay takes. */
const MAX_TITLE = 200;

export type ConversationListProps = {
  conversations: ConversationsStore;
  isArchive: boolean;
  onOpen?: () => void;
};

/** Conversations, the pinned ones first, the others under the day they were last used. */
export function ConversationList({ conversations, isArchive, onOpen }: ConversationListProps) {
  const { router, actions } = useServices();
  const { phase, list, hasMore, failure } = useStore(conversations);
  const route = useStore(router.route);
  const [renamed, setRenamed] = useState<Conversation>();
  const currentId = route.name === 'conversation' ? route.conversationId : undefined;
  const now = useNow();
  const catalogue = useTexts();
  const texts = catalogue.conversations;
  const groups = Map.groupBy(list, ({ pinned, updated }) =>
    pinned ? texts.pinned : texts.groups[dateGroup(updated, now)],
  );

  return (
    <nav aria-label={isArchive ? texts.archived : texts.list} className="flex flex-col gap-4 pb-4">
      {Array.from(groups, ([group, entries]) => (
        <section key={group} aria-label={group}>
          <h2 className="px-3 pb-1 text-caption text-ink-soft">{group}</h2>
          <ul className="flex flex-col gap-0.5">
            {entries.map((conversation) => (
              <ConversationRow
                key={conversation.id}
                conversation={conversation}
                isCurrent={conversation.id === currentId}
                onOpen={onOpen}
                onRename={() => setRenamed(conversation)}
              />
            ))}
          </ul>
        </section>
      ))}
      {phase === 'failed' && (
        <div className="flex flex-col items-start gap-2 px-3 text-ink-soft">
          <p>{failure && inWords(failure, catalogue).title}</p>
          <Button onClick={() => void conversations.load()}>{texts.tryAgain}</Button>
        </div>
      )}
      {phase === 'ready' && list.length === 0 && (
        <p className="px-3 text-ink-soft">{isArchive ? texts.emptyArchive : texts.empty}</p>
      )}
      {hasMore && (
        <Button look="quiet" onClick={() => void conversations.loadMore()}>
          {texts.older}
        </Button>
      )}
      <RenameDialog
        isOpen={renamed !== undefined}
        onClose={() => setRenamed(undefined)}
        title={texts.renameTitle}
        action={texts.rename}
        name={renamed?.title ?? ''}
        maxLength={MAX_TITLE}
        onRename={(title) => renamed && void actions.rename(renamed, title)}
      />
    </nav>
  );
}
