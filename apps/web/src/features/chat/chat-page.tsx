import { ArrowDown, SearchX, TriangleAlert } from 'lucide-react';
import { useEffect, type ReactNode } from 'react';
import { Button } from '../../components/button.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { Link } from '../../components/link.tsx';
import { Notice } from '../../components/notice.tsx';
import { WaitingDots } from '../../components/waiting-dots.tsx';
import { conversationPath } from '../../lib/router.ts';
import { useServices } from '../../lib/services.ts';
import { NEW_THREAD } from '../../lib/thread.ts';
import { useMedia } from '../../lib/use-media.ts';
import { useStore } from '../../lib/use-store.ts';
import { Composer } from './composer.tsx';
import { MessageList } from './message-list.tsx';
import { ModelPicker } from './model-picker.tsx';
import { useModel } from './use-model.ts';
import { useStickToBottom } from './use-stick-to-bottom.ts';
import { useThread } from './use-thread.ts';
import { Welcome } from './welcome.tsx';

export type ChatPageProps = {
  /** Undefined: a conversation that begins with the first question. */
  conversationId?: string;
  /** Stands above the composer: what keeps the computer from answering. */
  notice: ReactNode;
  headerStart: ReactNode;
  headerEnd: ReactNode;
};

/** One conversation: header, messages, composer. */
export function ChatPage({ conversationId, notice, headerStart, headerEnd }: ChatPageProps) {
  const { chat, router, computers } = useServices();
  const threadId = conversationId ?? NEW_THREAD;
  const thread = useThread(threadId, conversationId === undefined);
  const { models, model, choose } = useModel(threadId, thread.conversation?.model);
  const computer = useStore(computers, ({ list }) => list[0]);
  const { scroller, content, isAtEnd, toEnd } = useStickToBottom();
  const hasPointer = useMedia('(hover: hover) and (pointer: fine)');
  const isEmpty = conversationId === undefined && thread.messages.length === 0;

  useEffect(() => {
    document.title = thread.conversation ? `${thread.conversation.title} · CloudToLocalLLM` : 'CloudToLocalLLM';
  }, [thread.conversation]);
  useEffect(() => {
    toEnd();
    // On a phone the keyboard would cover what was just opened.
    if (hasPointer) document.getElementById('composer')?.focus();
  }, [threadId, hasPointer, toEnd]);

  const showMade = (id: string | undefined): void => {
    if (id !== undefined && id !== conversationId) router.navigate(conversationPath(id));
  };
  const send = (text: string): void => {
    if (model === undefined) return;
    toEnd();
    void chat.send(threadId, text, model).then(showMade);
  };
  const retry = (): void => {
    if (model === undefined) return;
    toEnd();
    void chat.retry(threadId, model).then(showMade);
  };
  const name = computer?.name ?? 'your computer';

  return (
    <main className="flex min-w-0 flex-1 flex-col">
      <header className="flex min-h-14 shrink-0 items-center gap-1 px-2 pt-[env(safe-area-inset-top)] lg:px-3">
        {headerStart}
        <ModelPicker models={models} value={model} onChange={choose} />
        <div className="ms-auto flex items-center gap-1">{headerEnd}</div>
      </header>

      <div className={`relative flex min-h-0 flex-1 flex-col ${isEmpty ? 'sm:justify-center sm:pb-24' : ''}`}>
        <div
          ref={scroller}
          className={`overflow-y-auto overscroll-contain [overflow-anchor:none] [scrollbar-gutter:stable_both-edges] ${isEmpty ? 'max-sm:flex-1' : 'flex-1'}`}
        >
          <div ref={content} className={`pad-page mx-auto w-full max-w-measure ${isEmpty ? 'max-sm:h-full' : 'pt-4 pb-8'}`}>
            {isEmpty && <Welcome model={model} computer={name} />}
            {thread.phase === 'loading' && (
              <p role="status" className="flex items-center gap-3 py-8 text-ink-soft">
                <WaitingDots /> Opening the conversation
              </p>
            )}
            {thread.phase === 'missing' && (
              <Notice icon={SearchX} tone="calm" title="This conversation isn’t here">
                <p className="text-ink-soft">It was deleted, or it belongs to someone else.</p>
                <Link to="/" className="underline underline-offset-4">
                  Begin a new one
                </Link>
              </Notice>
            )}
            {thread.phase === 'failed' && thread.failure && (
              <Notice icon={TriangleAlert} tone="bad" title={thread.failure.title} role="alert">
                {thread.failure.detail && <p className="text-ink-soft">{thread.failure.detail}</p>}
                <div>
                  <Button onClick={() => void chat.open(threadId)}>Try again</Button>
                </div>
              </Notice>
            )}
            {thread.phase === 'ready' && <MessageList thread={thread} onRetry={retry} />}
          </div>
        </div>

        <div className="pad-page relative mx-auto w-full max-w-measure shrink-0 pb-[max(1rem,env(safe-area-inset-bottom))]">
          {!isAtEnd && (
            <div className="absolute inset-x-0 -top-13 flex justify-center">
              <IconButton
                icon={ArrowDown}
                label="Go to the newest"
                onClick={toEnd}
                className="rounded-full border border-line-strong bg-surface shadow-float"
              />
            </div>
          )}
          <div className="flex flex-col gap-3">
            {notice}
            {thread.phase !== 'missing' && (
              <Composer
                placeholder={`Ask ${model ?? 'your model'}`}
                isRunning={thread.run !== undefined}
                isStopping={thread.run?.stopping ?? false}
                blocked={model === undefined ? 'There is no model to ask yet' : undefined}
                onSend={send}
                onStop={() => void chat.stop(threadId)}
              />
            )}
            {computer?.client.engine?.demo && (
              <p className="text-center text-caption text-warn">Demo engine: answers every question with the same sentence</p>
            )}
          </div>
        </div>
      </div>
      <p role="status" aria-live="polite" className="sr-only">
        {thread.announcement}
      </p>
    </main>
  );
}
