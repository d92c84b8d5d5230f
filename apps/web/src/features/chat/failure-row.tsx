import { ArrowRight, Clock, RotateCcw, TriangleAlert } from 'lucide-react';
import { Button } from '../../components/button.tsx';
import { Notice } from '../../components/notice.tsx';
import type { Failure } from '../../lib/failure.ts';

export type FailureRowProps = {
  failure: Failure;
  /** Asked again now, it would be answered when the computer is back. */
  isAsleep: boolean;
  onRetry?: () => void;
  onContinue?: () => void;
};

/** What went wrong, and the ways to go on while that makes sense. */
export function FailureRow({ failure, isAsleep, onRetry, onContinue }: FailureRowProps) {
  return (
    <Notice icon={TriangleAlert} tone="bad" title={failure.title}>
      {failure.detail && failure.detail !== failure.title && (
        <p className="wrap-anywhere text-ink-soft">{failure.detail}</p>
      )}
      {(onRetry ?? onContinue) && (
        <div className="flex flex-wrap gap-2">
          {onContinue && (
            <Button onClick={onContinue}>
              <ArrowRight aria-hidden className="size-4" />
              Continue
            </Button>
          )}
          {onRetry && (
            <Button onClick={onRetry}>
              {isAsleep ? <Clock aria-hidden className="size-4" /> : <RotateCcw aria-hidden className="size-4" />}
              {isAsleep ? 'Send when it’s back' : 'Try again'}
            </Button>
          )}
        </div>
      )}
    </Notice>
  );
}
