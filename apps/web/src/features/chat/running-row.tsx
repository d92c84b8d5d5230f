import { Moon } from 'lucide-react';
import { Button } from '../../components/button.tsx';
import { WaitingDots } from '../../components/waiting-dots.tsx';
import type { Run } from '../../lib/thread.ts';
import { useTexts } from '../../lib/use-texts.ts';
import type { Texts } from '../../texts/texts.ts';
import { useSeconds } from './use-seconds.ts';

/** From here on a person wonders; before, seconds only flicker. */
const TELL_SECONDS = 2;

/** What an answer waits for; nothing while its words come. Screen readers hear of it once, by the page's live region. */
export function RunningState({ run, model, isSilent }: { run: Run; model: string | undefined; isSilent: boolean }) {
  const texts = useTexts().messages;
  const words = isSilent ? stateWords(run, model, texts) : undefined;
  const seconds = useSeconds(words);
  if (words === undefined) return null;
  return (
    <p className="flex min-h-6 items-center gap-3 text-ui text-ink-soft tabular-nums">
      <WaitingDots />
      {seconds < TELL_SECONDS ? words : texts.forSeconds(words, seconds)}
    </p>
  );
}

/** A question that waits for its computer. */
export function AsleepRow({ onCancel }: { onCancel: () => void }) {
  const texts = useTexts();
  return (
    <article aria-label={texts.messages.waiting} aria-busy className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <Moon aria-hidden className="size-4 shrink-0 text-ink-soft" strokeWidth={2} />
      <p className="min-w-0 flex-1 basis-60 text-ink-soft">
        <span className="font-strong text-ink">{texts.messages.asleep}</span> {texts.messages.sentLater}
      </p>
      <Button onClick={onCancel}>{texts.common.cancel}</Button>
    </article>
  );
}

function stateWords(run: Run, model: string | undefined, texts: Texts['messages']): string {
  if (run.connection === 'lost') return texts.reconnecting;
  if (run.stopping) return texts.stopping;
  if (run.phase === 'queued') return texts.queued;
  if (run.phase === 'loading') return model === undefined ? texts.loading : texts.loadingModel(model);
  return run.phase === 'sending' ? texts.sending : texts.thinking;
}
