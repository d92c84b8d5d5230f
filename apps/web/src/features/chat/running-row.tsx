import { MessageText } from '../../components/message-text.tsx';
import { WaitingDots } from '../../components/waiting-dots.tsx';
import type { Run } from '../../lib/thread.ts';
import { useStore } from '../../lib/use-store.ts';
import { answerName } from './message-row.tsx';

/** The answer being written: the one row that changes with every token. */
export function RunningRow({ run, model }: { run: Run; model: string | undefined }) {
  const text = useStore(run.text);
  return (
    <article aria-label={answerName(model)} aria-busy className="flex flex-col gap-4 text-body">
      {text !== '' && (
        <div className="flex flex-col gap-4 writing-caret">
          <MessageText text={text} />
        </div>
      )}
      {(text === '' || run.connection === 'lost') && (
        <p className="flex min-h-6 items-center gap-3 text-ui text-ink-soft">
          <WaitingDots />
          {words(run, model)}
        </p>
      )}
    </article>
  );
}

function words(run: Run, model: string | undefined): string {
  if (run.connection === 'lost') return 'Connection lost. Reconnecting…';
  if (run.stopping) return 'Stopping';
  if (run.phase === 'queued') return 'Waiting in the queue';
  if (run.phase === 'loading') return model === undefined ? 'Loading the model' : `Loading ${model}`;
  return run.phase === 'sending' ? 'Sending' : 'Thinking';
}
