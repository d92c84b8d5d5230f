import { ArrowDown } from 'lucide-react';
import { useEffect, type ReactNode } from 'react';
import { IconButton } from '../../components/icon-button.tsx';
import type { PickedFile } from '../../lib/attachments.ts';
import { currentRun } from '../../lib/chat.ts';
import { canAnswer } from '../../lib/computers.ts';
import { draftWith } from '../../lib/drafts.ts';
import { useServices } from '../../lib/services.ts';
import { NEW_THREAD } from '../../lib/thread.ts';
import { useMedia } from '../../lib/use-media.ts';
import { useStore } from '../../lib/use-store.ts';
import { useTexts } from '../../lib/use-texts.ts';
import { Composer } from './composer.tsx';
import { MessageList } from './message-list.tsx';
import { ModelPicker } from './model-picker.tsx';
import { SetupButton } from './setup-button.tsx';
import { ThreadState } from './thread-state.tsx';
import { useAsking } from './use-asking.ts';
import { useModel } from './use-model.ts';
import { useStickToBottom } from './use-stick-to-bottom.ts';
import { useThread } from './use-thread.ts';
import { Welcome } from './welcome.tsx';

export type ChatPageProps = {
  /** Undefined: a conversation that begins with the first question. */
  conversationId?: string;
  /** A message that was looked for. */
  messageId?: string;
  /** Stands above the composer: what keeps the computer from answering. */
  notice: ReactNode;
  headerStart: ReactNode;
  headerEnd: ReactNode;
};

const NO_FILES: readonly PickedFile[] = [];

/** One conversation: header, messages, composer. */
export function ChatPage({ conversationId, messageId, notice, headerStart, headerEnd }: ChatPageProps) {
  const { chat, computers, drafts, attachments, settings, isOffline } = useServices();
  const texts = useTexts();
  const words = texts.composer;
  const isAway = useStore(isOffline);
  const threadId = conversationId ?? NEW_THREAD;
  const thread = useThread(threadId, conversationId === undefined);
  const { models, model, choose } = useModel(threadId, thread.conversation?.model);
  const computer = useStore(computers, ({ list }) => list[0]);
  const draft = useStore(drafts, (texts) => texts[threadId] ?? '');
  const files = useStore(attachments, (all) => all[threadId] ?? NO_FILES);
  const sendKey = useStore(settings, (value) => value.sendKey);
  const isOnline = useStore(computers, canAnswer);
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
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- another thread is what this waits for
  }, [threadId, hasPointer, toEnd]);

  const asking = useAsking({ threadId, model, onAsked: toEnd });
  const answering = models.find(({ name }) => name === model)?.places.find(({ isReady }) => isReady);
  const pickStarter = (text: string): void => {
    drafts.write(threadId, draftWith(draft, text, texts.guide.prompts));
    document.getElementById('composer')?.focus();
  };
  const run = currentRun(thread);

  return (
    <main className="flex min-w-0 flex-1 flex-col">
      <header className="flex min-h-14 shrink-0 items-center gap-1 px-2 pt-[env(safe-area-inset-top)] lg:px-3">
        {headerStart}
        <ModelPicker models={models} value={model} onChange={choose} />
        <div className="ms-auto flex items-center gap-1">
          <SetupButton
            threadId={threadId}
            disabled={conversationId !== undefined && thread.conversation === undefined}
          />
          {headerEnd}
        </div>
      </header>

      <div className={`relative flex min-h-0 flex-1 flex-col ${isEmpty ? 'sm:justify-center sm:pb-24' : ''}`}>
        <div
          ref={scroller}
          className={`overflow-y-auto overscroll-contain [overflow-anchor:none] [scrollbar-gutter:stable_both-edges] ${isEmpty ? 'max-sm:flex-1' : 'fade-edge flex-1'}`}
        >
          <div
            ref={content}
            className={`pad-page mx-auto w-full max-w-measure ${isEmpty ? 'max-sm:h-full' : 'pt-4 pb-8'}`}
          >
            {isEmpty && (
              <Welcome model={model} computer={isOnline ? answering?.name : undefined} onPick={pickStarter} />
            )}
            {thread.conversation && <h1 className="sr-only">{thread.conversation.title}</h1>}
            <ThreadState thread={thread} onRetry={() => void chat.open(threadId)} />
            {thread.phase === 'ready' && (
              <MessageList
                threadId={threadId}
                thread={thread}
                asking={asking}
                scroller={scroller}
                foundId={messageId}
              />
            )}
          </div>
        </div>

        <div className="relative shrink-0">
          {!isAtEnd && (
            <div className="absolute inset-x-0 -top-13 flex justify-center">
              <IconButton
                icon={ArrowDown}
                label={words.newest}
                onClick={toEnd}
                className="rounded-full border border-line-strong bg-surface shadow-float"
              />
            </div>
          )}
          {/* Cut off and gutters like the list's, so that both columns have the same edges. */}
          <div className="overflow-y-hidden [scrollbar-gutter:stable_both-edges]">
            <div className="pad-page mx-auto flex w-full max-w-measure flex-col gap-3 pt-1 [&>:empty]:hidden pb-[max(1rem,env(safe-area-inset-bottom))]">
              <div aria-live="polite">{notice}</div>
              {thread.phase !== 'missing' && (
                <Composer
                  text={draft}
                  onText={(text) => drafts.write(threadId, text)}
                  placeholder={words.placeholder(model)}
                  sendKey={sendKey}
                  isRunning={run !== undefined}
                  isStopping={run?.stopping ?? false}
                  isAsleep={asking.isAsleep}
                  blocked={isAway ? texts.offline.blocked : model === undefined ? words.noModel : undefined}
                  files={files}
                  onFiles={(picked) => attachments.add(threadId, picked)}
                  onRemoveFile={(key) => attachments.remove(threadId, key)}
                  onSend={asking.send}
                  onStop={asking.stop}
                />
              )}
              {computer?.client.engine?.demo && (
                <p className="text-center text-caption text-balance text-warn">{words.demo}</p>
              )}
            </div>
          </div>
        </div>
      </div>
      <output aria-live="polite" className="sr-only">
        {thread.announcement}
      </output>
    </main>
  );
}
