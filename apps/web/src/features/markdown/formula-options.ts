import type { KatexOptions } from 'katex';

/** Untrusted formulas: no links, images, classes or styles of their own, and an end to every expansion. */
export const FORMULA_OPTIONS: KatexOptions = {
  trust: false,
  strict: 'ignore',
  throwOnError: true,
  /** Macros that make macros; real formulas need a few dozen. */
  maxExpand: 200,
  /** In em: no formula covers the page. */
  maxSize: 20,
  output: 'htmlAndMathml',
};
