import { useEffect, useRef, useState } from 'react';
import { createCodeColours, MAX_COLOURED_CHARACTERS, type ColouredCode } from './code-colours.ts';
import type { CodeLine } from './code-line.ts';
import { languageOf } from './language-names.ts';

/** Code that is being written is coloured this often; whole code at once. */
const GROWING_MS = 300;
const NO_LINES: readonly CodeLine[] = [];

const colours = createCodeColours(
  () => new Worker(new URL('colour-worker.ts', import.meta.url), { type: 'module', name: 'colours' }),
);

/** The lines of a code that are coloured by now; none for a language that nobody knows, or for endless code. */
export function useHighlight(text: string, name: string, isGrowing: boolean): readonly CodeLine[] {
  const language = text.length > MAX_COLOURED_CHARACTERS ? undefined : languageOf(name);
  const known = language === undefined || isGrowing ? undefined : colours.known(language, text);
  const [code, setCode] = useState<ColouredCode>();
  const session = useRef<ReturnType<typeof colours.open>>(undefined);
  const isKnown = known !== undefined;

  useEffect(() => {
    if (language === undefined || isKnown) return undefined;
    const opened = colours.open(language, setCode);
    session.current = opened;
    return () => {
      session.current = undefined;
      opened.close();
    };
  }, [language, isKnown]);

  const newest = useRef(text);
  useEffect(() => {
    newest.current = text;
    if (!isGrowing) session.current?.colour(text, true);
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- a new session has coloured nothing yet
  }, [text, isGrowing, language, isKnown]);
  useEffect(() => {
    if (!isGrowing) return undefined;
    const timer = setInterval(() => session.current?.colour(newest.current, false), GROWING_MS);
    return () => clearInterval(timer);
  }, [isGrowing]);

  if (known !== undefined) return known;
  // Another text than the one that was coloured: its lines are not these.
  return code !== undefined && text.startsWith(code.text) ? code.lines : NO_LINES;
}
