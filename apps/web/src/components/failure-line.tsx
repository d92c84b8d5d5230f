import type { Failure } from '../lib/failure.ts';

/** What went wrong with what was just pressed, beside the button. */
export function FailureLine({ failure }: { failure: Failure | undefined }) {
  if (failure === undefined) return null;
  return (
    <p role="alert" className="text-bad wrap-anywhere">
      {failure.title}
      {failure.detail === undefined ? '' : `: ${failure.detail}`}
    </p>
  );
}
