import type { CodeLine } from './code-line.ts';
import type { CodeLanguage } from './languages.ts';

/** To the worker: a code as it is now; `isWhole` when no more will come. */
export type ColourRequest =
  | { type: 'colour'; id: number; language: CodeLanguage; text: string; isWhole: boolean }
  | { type: 'forget'; id: number };

/** From the worker: `lines` from the `from`th on. What stood there before and after is replaced. */
export type ColourAnswer = { id: number; from: number; lines: readonly CodeLine[]; isWhole: boolean };
