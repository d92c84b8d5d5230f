import { ArrowRight, Clock, RotateCcw, TriangleAlert } from 'lucide-react';
import { Button } from '../../components/button.tsx';
import { Notice } from '../../components/notice.tsx';
import { inWords, type Failure } from '../../lib/failure.ts';
import { useTexts } from '../../lib/use-texts.ts';

export type FailureRowProps = {
  failure: Failure;
  /** Asked again now, it would be answered when the computer is back. */
  isAsleep: boolean;
  onRetry?: () => void;
  onContinue?: () => void;
};

/** What went wrong, and the ways to go on while that makes sense. */
export function FailureRow({ failure, isAsleep, onRetry, onContinue }: FailureRowProps) {
  const texts = useTexts();
  const { title, detail } = inWords(failure, texts);
  return (
    <Notice icon={TriangleAlert} tone="bad" title={title}>
      {detail && detail !== title && <p className="wrap-anywhere text-ink-soft">{detail}</p>}
      {(onRetry ?? onContinue) && (
        <div className="flex flex-wrap gap-2">
          {onContinue && (
            <Button onClick={onContinue}>
              <ArrowRight aria-hidden className="size-4" />
              {texts.composer.proceed}
            </Button>
          )}
          {onRetry && (
            <Button onClick={onRetry}>
              {isAsleep ? <Clock aria-hidden className="size-4" /> : <RotateCcw aria-hidden className="size-4" />}
              {isAsleep ? texts.composer.sendLater : texts.common.tryAgain}
            </Button>
          )}
        </div>
      )}
    </Notice>
  );
}
