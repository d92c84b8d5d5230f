import { styleText } from 'node:util';
import { printable } from '../printable.ts';
import type { CheckResult } from './check.ts';

const WORDS: Record<CheckResult['status'], readonly [word: string, colour: 'green' | 'yellow' | 'red' | 'gray']> = {
  ok: ['ok', 'green'],
  warning: ['warning', 'yellow'],
  failed: ['failed', 'red'],
  skipped: ['-', 'gray'],
};
const TITLE_WIDTH = 13;
const WORD_WIDTH = 9;

/** A check as a person reads it: one line, and one with what to do. */
export function checkText({ title, status, found, advice }: CheckResult, inColour = false): string {
  const [word, colour] = WORDS[status];
  const mark = inColour ? styleText(colour, word.padEnd(WORD_WIDTH)) : word.padEnd(WORD_WIDTH);
  const line = `${mark}${title.padEnd(TITLE_WIDTH)}${printable(found)}`;
  return advice ? `${line}\n${' '.repeat(WORD_WIDTH + TITLE_WIDTH)}${printable(advice)}` : line;
}

/** All of them, without colours. */
export function checkLines(results: readonly CheckResult[]): string[] {
  return results.map((result) => checkText(result));
}
