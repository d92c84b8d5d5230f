import { Moon } from 'lucide-react';
import { Button } from '../../components/button.tsx';
import { MessageText } from '../../components/message-text.tsx';
import { WaitingDots } from '../../components/waiting-dots.tsx';
import type { Run } from '../../lib/thread.ts';
import { useStore } from '../../lib/use-store.ts';
import { answerName } from './answer-row.tsx';
import { Thinking } from './thinking.tsx';

export type RunningRowProps = { run: Run; model: string | undefined; isAsleep: boolean; onCancel: () => void };

/** The answer being written: the one row that changes with every token. */
export function RunningRow({ run, model, isAsleep, onCancel }: RunningRowProps) {
  const text = useStore(run.text);
  const thinking = useStore(run.thinking);
  if (run.phase === 'queued' && isAsleep && !run.stopping) return <AsleepRow onCancel={onCancel} />;
  const isSilent = text === '' || run.connection === 'lost' || run.phase !== 'writing';
  return (
    <article aria-label={answerName(model)} aria-busy className="flex flex-col gap-4 text-body">
      <Thinking text={thinking} isRunning={text === ''} />
      {text !== '' && (
        <div className="flex flex-col gap-4 writing-caret">
          <MessageText text={text} />
        </div>
      )}
      {isSilent && (
        <p className="flex min-h-6 items-center gap-3 text-ui text-ink-soft">
          <WaitingDots />
          {words(run, model)}
        </p>
      )}
    </article>
  );
}

/** A question that waits for its computer. */
function AsleepRow({ onCancel }: { onCancel: () => void }) {
  return (
    <article aria-label="Waiting for your computer" aria-busy className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <Moon aria-hidden className="size-4 shrink-0 text-ink-soft" strokeWidth={2} />
      <p className="min-w-0 flex-1 basis-60 text-ink-soft">
        <span className="font-strong text-ink">Your computer is asleep.</span> This will be sent when it is back; you
        can close the page meanwhile.
      </p>
      <Button onClick={onCancel}>Cancel</Button>
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
