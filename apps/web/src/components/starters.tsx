import { useTexts } from '../lib/use-texts.ts';

/** Questions to begin with; a press hands one over. */
export function Starters({ onPick }: { onPick: (text: string) => void }) {
  const texts = useTexts().guide;
  return (
    <ul aria-label={texts.starters} className="grid gap-2 text-start sm:grid-cols-2">
      {texts.prompts.map(({ title, text }) => (
        <li key={title}>
          <button
            type="button"
            onClick={() => onPick(text)}
            className="flex h-full w-full flex-col gap-0.5 rounded-card border border-line bg-surface px-4 py-3 text-start transition-colors duration-150 hover:bg-hover"
          >
            <span className="font-strong">{title}</span>
            <span className="line-clamp-1 text-caption sm:line-clamp-2 wrap-anywhere text-ink-soft">{text}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
