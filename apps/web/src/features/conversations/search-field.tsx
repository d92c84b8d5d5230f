import { Search, X } from 'lucide-react';
import { IconButton } from '../../components/icon-button.tsx';
import { useServices } from '../../lib/services.ts';
import { useStore } from '../../lib/use-store.ts';
import { useTexts } from '../../lib/use-texts.ts';

/** Finds words in everything that was ever said. */
export function SearchField() {
  const { search } = useServices();
  const texts = useTexts().conversations;
  const query = useStore(search, (value) => value.query);
  return (
    <search className="flex min-h-11 items-center gap-3 rounded-row ps-3 transition-colors duration-150 focus-within:bg-hover hover:bg-hover">
      <Search aria-hidden className="size-4.5 shrink-0 text-ink-soft" strokeWidth={1.75} />
      <input
        type="text"
        role="searchbox"
        aria-label={texts.searchLabel}
        placeholder={texts.search}
        enterKeyHint="search"
        autoComplete="off"
        value={query}
        onChange={(event) => search.write(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || query === '') return;
          // The drawer around it stays open: this Escape only clears the field.
          event.preventDefault();
          search.write('');
        }}
        className="min-h-11 min-w-0 flex-1 bg-transparent font-strong caret-accent outline-none placeholder:text-ink max-sm:text-body max-sm:placeholder:text-ui"
      />
      {query !== '' && <IconButton icon={X} label={texts.clearSearch} onClick={() => search.write('')} />}
    </search>
  );
}
