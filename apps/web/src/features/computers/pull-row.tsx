import { RefreshCw, TriangleAlert, X } from 'lucide-react';
import { IconButton } from '../../components/icon-button.tsx';
import { Button } from '../../components/button.tsx';
import { FailureLine } from '../../components/failure-line.tsx';
import { Notice } from '../../components/notice.tsx';
import type { Pull } from '../../lib/pulls.ts';
import { useServices } from '../../lib/services.ts';
import { percentWords, sizeWords } from '../../lib/size-words.ts';
import { useTexts } from '../../lib/use-texts.ts';

/** A download: how far it is, or why it failed. */
export function PullRow({ pull }: { pull: Pull }) {
  const { pulls } = useServices();
  const texts = useTexts();
  const { computers, language } = texts;
  const { bridgeId, model, completed, total, status, failure } = pull;
  const stop = (): void => pulls.cancel(bridgeId, model);
  if (failure) {
    return (
      <Notice icon={TriangleAlert} tone="bad" title={computers.pullFailed(model)}>
        <FailureLine failure={failure} />
        <div className="flex flex-wrap gap-2">
          <Button onClick={() => pulls.start(bridgeId, model)}>
            <RefreshCw aria-hidden className="size-4" strokeWidth={1.75} />
            {texts.common.tryAgain}
          </Button>
          <Button look="quiet" aria-label={computers.pullDismiss(model)} onClick={stop}>
            {computers.hide}
          </Button>
        </div>
      </Notice>
    );
  }
  const share = total > 0 ? completed / total : undefined;
  return (
    <div className="flex items-center gap-2 rounded-card border border-line bg-surface py-2 ps-4 pe-2">
      <div className="flex min-w-0 flex-1 flex-col gap-1.5 py-1">
        <p className="flex flex-wrap items-baseline justify-between gap-x-4">
          <span className="font-mono font-strong wrap-anywhere">{model}</span>
          <span className="text-caption text-ink-soft tabular-nums">
            {share === undefined
              ? status || computers.pullStart
              : `${percentWords(share, language)}, ${computers.pullOf(sizeWords(completed, language), sizeWords(total, language))}`}
          </span>
        </p>
        <progress
          aria-label={computers.pullProgress(model)}
          value={share}
          max={1}
          className="h-1.5 w-full appearance-none overflow-hidden rounded-row bg-hover [&::-moz-progress-bar]:bg-ink [&::-webkit-progress-bar]:bg-hover [&::-webkit-progress-value]:bg-ink"
        />
      </div>
      <IconButton icon={X} label={computers.pullCancel(model)} onClick={stop} />
    </div>
  );
}
