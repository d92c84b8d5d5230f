import { SearchX, TriangleAlert } from 'lucide-react';
import { Button } from '../../components/button.tsx';
import { Link } from '../../components/link.tsx';
import { Notice } from '../../components/notice.tsx';
import { WaitingDots } from '../../components/waiting-dots.tsx';
import type { Thread } from '../../lib/thread.ts';

/** What stands in place of the messages while there are none to show. */
export function ThreadState({ thread, onRetry }: { thread: Thread; onRetry: () => void }) {
  const { phase, failure } = thread;
  if (phase === 'loading') {
    return (
      <output className="flex items-center gap-3 py-8 text-ink-soft">
        <WaitingDots /> Opening the conversation
      </output>
    );
  }
  if (phase === 'missing') {
    return (
      <Notice icon={SearchX} tone="calm" title="This conversation isn’t here">
        <p className="text-ink-soft">It was deleted, or it belongs to someone else.</p>
        <Link to="/" className="inline-flex min-h-11 items-center self-start underline underline-offset-4">
          Begin a new one
        </Link>
      </Notice>
    );
  }
  if (phase === 'failed' && failure) {
    return (
      <Notice icon={TriangleAlert} tone="bad" title={failure.title} role="alert">
        {failure.detail && <p className="text-ink-soft">{failure.detail}</p>}
        <div>
          <Button onClick={onRetry}>Try again</Button>
        </div>
      </Notice>
    );
  }
  return null;
}
