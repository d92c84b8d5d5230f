import { inWords, type Failure } from '../lib/failure.ts';
import { useTexts } from '../lib/use-texts.ts';

/** What went wrong with what was just pressed, beside the button. */
export function FailureLine({ failure }: { failure: Failure | undefined }) {
  const texts = useTexts();
  if (failure === undefined) return null;
  const { title, detail } = inWords(failure, texts);
  return (
    <p role="alert" className="text-bad wrap-anywhere">
      {title}
      {detail === undefined ? '' : `: ${detail}`}
    </p>
  );
}
