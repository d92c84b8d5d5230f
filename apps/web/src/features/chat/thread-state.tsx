import { SearchX, TriangleAlert } from 'lucide-react';
import { Button } from '../../components/button.tsx';
import { Link } from '../../components/link.tsx';
import { Notice } from '../../components/notice.tsx';
import { WaitingDots } from '../../components/waiting-dots.tsx';
import { inWords } from '../../lib/failure.ts';
import type { Thread } from '../../lib/thread.ts';
import { useTexts } from '../../lib/use-texts.ts';

/** What stands in place of the messages while there are none to show. */
export function ThreadState({ thread, onRetry }: { thread: Thread; onRetry: () => void }) {
  const texts = useTexts();
  const words = texts.composer;
  const { phase } = thread;
  const failure = thread.failure && inWords(thread.failure, texts);
  if (phase === 'loading') {
    return (
      <output className="flex items-center gap-3 py-8 text-ink-soft">
        <WaitingDots /> {words.opening}
      </output>
    );
  }
  if (phase === 'missing') {
    return (
      <Notice icon={SearchX} tone="calm" title={words.missing}>
        <p className="text-ink-soft">{words.missingWhy}</p>
        <Link to="/" className="inline-flex min-h-11 items-center self-start underline underline-offset-4">
          {words.begin}
        </Link>
      </Notice>
    );
  }
  if (phase === 'failed' && failure) {
    return (
      <Notice icon={TriangleAlert} tone="bad" title={failure.title} role="alert">
        {failure.detail && <p className="text-ink-soft">{failure.detail}</p>}
        <div>
          <Button onClick={onRetry}>{texts.common.tryAgain}</Button>
        </div>
      </Notice>
    );
  }
  return null;
}
