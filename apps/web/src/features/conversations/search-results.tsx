import type { SearchResult } from '@cloudtolocalllm/sdk';
import { Button } from '../../components/button.tsx';
import { Link } from '../../components/link.tsx';
import { conversationPath } from '../../lib/router.ts';
import { inWords } from '../../lib/failure.ts';
import { useServices } from '../../lib/services.ts';
import { useStore } from '../../lib/use-store.ts';
import { useTexts } from '../../lib/use-texts.ts';

/** What was found, the best first; each leads to its message. */
export function SearchResults({ onOpen }: { onOpen?: () => void }) {
  const { search } = useServices();
  const catalogue = useTexts();
  const texts = catalogue.conversations;
  const { phase, results, hasMore, failure } = useStore(search);
  const words = {
    idle: '',
    searching: results.length === 0 ? texts.searching : '',
    ready: results.length === 0 ? texts.nothingFound : '',
    failed: failure ? inWords(failure, catalogue).title : '',
  }[phase];
  return (
    <nav aria-label={texts.results} aria-busy={phase === 'searching'} className="flex flex-col gap-2 pb-4">
      <output className="px-3 text-ink-soft empty:hidden">{words}</output>
      <ul className="flex flex-col gap-0.5">
        {results.map((result) => (
          <li key={`${result.conversationId} ${result.messageId}`}>
            <Link
              to={conversationPath(result.conversationId, result.messageId)}
              onOpen={onOpen}
              className="flex flex-col gap-0.5 rounded-row px-3 py-2 transition-colors duration-150 hover:bg-hover"
            >
              <span className="truncate">
                {result.title}
                {result.archived && <span className="text-ink-soft"> · {texts.archivedMark}</span>}
              </span>
              {result.messageId !== undefined && (
                <span className="line-clamp-2 text-caption wrap-anywhere text-ink-soft">
                  {result.role === 'user' ? texts.you : ''}
                  <Snippet pieces={result.snippet} />
                </span>
              )}
            </Link>
          </li>
        ))}
      </ul>
      {hasMore && (
        <Button look="quiet" onClick={() => void search.more()}>
          {texts.more}
        </Button>
      )}
    </nav>
  );
}

function Snippet({ pieces }: { pieces: SearchResult['snippet'] }) {
  // Where a piece begins tells it from the others.
  const begins = pieces.map((_, index) => pieces.slice(0, index).reduce((sum, { text }) => sum + text.length, 0));
  return pieces.map(({ text, match }, index) =>
    match ? (
      <mark key={begins[index]} className="bg-transparent font-strong text-ink underline underline-offset-2">
        {text}
      </mark>
    ) : (
      <span key={begins[index]}>{text}</span>
    ),
  );
}
