import { createHighlighterCore, type GrammarState, type HighlighterCore } from 'shiki/core';
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript';
import type { CodeLine } from './code-line.ts';
import { codeTheme, colourOf } from './code-theme.ts';
import { loadLanguage, type CodeLanguage } from './languages.ts';

/** Longer lines are data, and slow to read. */
const MAX_LINE_CHARACTERS = 2_000;
/** A line that takes longer stays half coloured; the first one of a language also waits for its expressions. */
const MAX_LINE_MS = 5_000;

/** Some lines of a code, from the `from`th on. */
export type ColouredLines = { from: number; lines: readonly CodeLine[] };

/** Colours one code as it grows: each whole line once, for good. */
export type CodeColourer = { colour: (text: string, isWhole: boolean) => ColouredLines };

/** Makes colourers. A grammar is loaded once: it takes its expressions seconds to be made. */
export function createCodeColourers() {
  const highlighter = createHighlighterCore({
    themes: [codeTheme],
    langs: [],
    engine: createJavaScriptRegexEngine({ forgiving: true }),
  });
  const loaded = new Map<CodeLanguage, Promise<void>>();

  async function load(language: CodeLanguage): Promise<void> {
    const [shiki, { default: grammar }] = await Promise.all([highlighter, loadLanguage(language)]);
    await shiki.loadLanguage(grammar);
  }

  return async (language: CodeLanguage): Promise<CodeColourer> => {
    const loading = loaded.get(language) ?? load(language);
    loaded.set(language, loading);
    await loading;
    return colourer(await highlighter, language);
  };
}

function colourer(shiki: HighlighterCore, language: CodeLanguage): CodeColourer {
  let done = '';
  let count = 0;
  let state: GrammarState | undefined;
  return {
    colour(text, isWhole) {
      if (!text.startsWith(done)) {
        done = '';
        count = 0;
        state = undefined;
      }
      const end = isWhole ? text.length : text.lastIndexOf('\n') + 1;
      const from = count;
      if (end <= done.length) return { from, lines: [] };
      // The last line's end is not a line of its own.
      const part = text.slice(done.length, end).replace(/\n$/, '');
      const tokens = shiki.codeToTokensBase(part, {
        lang: language,
        theme: codeTheme,
        grammarState: state,
        tokenizeMaxLineLength: MAX_LINE_CHARACTERS,
        tokenizeTimeLimit: MAX_LINE_MS,
      });
      state = shiki.getLastGrammarState(tokens);
      done = text.slice(0, end);
      count += tokens.length;
      return { from, lines: tokens.map(asLine) };
    },
  };
}

function asLine(tokens: readonly { content: string; color?: string }[]): CodeLine {
  let at = 0;
  const line = tokens.map(({ content, color }) => {
    const token = { at, text: content, colour: colourOf(color) };
    at += content.length;
    return token;
  });
  return { length: at, tokens: line };
}
