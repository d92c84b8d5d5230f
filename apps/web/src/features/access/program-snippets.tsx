import { Snippet } from '../../components/snippet.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { PROGRAMS, programSnippets, type SnippetSource, type SnippetText } from '../../lib/snippets.ts';
import { useAccessTexts } from './use-access-texts.ts';

/** What to paste into which program, one tab for each. */
export function ProgramSnippets({ source }: { source: SnippetSource }) {
  const { texts } = useAccessTexts();
  const { label, programs, notes } = texts.snippets;
  const tabs = PROGRAMS.map((program) => ({
    id: program,
    label: programs[program],
    content: (
      <>
        <p className="max-w-measure text-ink-soft">{notes[program]}</p>
        <Snippets list={programSnippets(program, source)} />
      </>
    ),
  }));
  return <Tabs label={label} tabs={tabs} />;
}

export function Snippets({ list }: { list: readonly SnippetText[] }) {
  const { texts } = useAccessTexts();
  return list.map(({ title, text }) => (
    <Snippet key={text} title={title} text={text} copyLabel={texts.copySnippet(title)} />
  ));
}
