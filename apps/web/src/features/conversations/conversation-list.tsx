import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { Conversation } from '@cloudtolocalllm/sdk';
import { Button } from '../../components/button.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { Link } from '../../components/link.tsx';
import { conversationPath } from '../../lib/router.ts';
import { useServices } from '../../lib/services.ts';
import { dateGroup } from '../../lib/time-words.ts';
import { useNow } from '../../lib/use-now.ts';
import { useStore } from '../../lib/use-store.ts';
import { DeleteDialog } from './delete-dialog.tsx';

/** Earlier conversations, the latest first, under the day they were last used. */
export function ConversationList({ onOpen }: { onOpen?: () => void }) {
  const { conversations, router } = useServices();
  const { phase, list, hasMore, failure } = useStore(conversations);
  const route = useStore(router.route);
  const [doomed, setDoomed] = useState<Conversation>();
  const currentId = route.name === 'conversation' ? route.conversationId : undefined;
  const now = useNow();
  const groups = Map.groupBy(list, ({ updated }) => dateGroup(updated, now));

  return (
    <nav aria-label="Conversations" className="flex flex-col gap-4 pb-4">
      {Array.from(groups, ([group, entries]) => (
        <section key={group} aria-label={group}>
          <h2 className="px-3 pb-1 text-caption text-ink-soft">{group}</h2>
          <ul className="flex flex-col gap-0.5">
            {entries.map((conversation) => (
              <Row
                key={conversation.id}
                conversation={conversation}
                isCurrent={conversation.id === currentId}
                onOpen={onOpen}
                onDelete={() => setDoomed(conversation)}
              />
            ))}
          </ul>
        </section>
      ))}
      {phase === 'failed' && (
        <div className="flex flex-col items-start gap-2 px-3 text-ink-soft">
          <p>{failure?.title}</p>
          <Button onClick={() => void conversations.load()}>Try again</Button>
        </div>
      )}
      {phase === 'ready' && list.length === 0 && (
        <p className="px-3 text-ink-soft">Your conversations will be listed here.</p>
      )}
      {hasMore && (
        <Button look="quiet" onClick={() => void conversations.loadMore()}>
          Show older
        </Button>
      )}
      <DeleteDialog conversation={doomed} onClose={() => setDoomed(undefined)} />
    </nav>
  );
}

type RowProps = { conversation: Conversation; isCurrent: boolean; onOpen?: () => void; onDelete: () => void };

function Row({ conversation, isCurrent, onOpen, onDelete }: RowProps) {
  return (
    <li
      className={`group/row relative flex items-center rounded-row transition-colors duration-150 hover:bg-hover ${isCurrent ? 'bg-hover' : ''}`}
    >
      <Link
        to={conversationPath(conversation.id)}
        onOpen={onOpen}
        aria-current={isCurrent ? 'page' : undefined}
        className="min-w-0 flex-1 truncate rounded-row py-3 ps-3 pe-1 lg:py-2 lg:pe-3 lg:group-hover/row:pe-11 lg:group-has-focus-visible/row:pe-11"
      >
        {conversation.title}
      </Link>
      <IconButton
        icon={Trash2}
        label={`Delete “${conversation.title}”`}
        size="small"
        onClick={onDelete}
        className="me-1.5 lg:absolute lg:inset-e-0 lg:opacity-0 lg:group-hover/row:opacity-100 lg:group-has-focus-visible/row:opacity-100"
      />
    </li>
  );
}
