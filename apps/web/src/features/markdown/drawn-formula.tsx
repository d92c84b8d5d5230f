// oxlint-disable-next-line import/no-unassigned-import -- a style sheet
import 'katex/dist/katex.min.css';
import { render } from 'katex';
import { useCallback, useMemo, type ReactNode } from 'react';
import { FORMULA_OPTIONS } from './formula-options.ts';
import type { FormulaProps } from './formula.tsx';

/** Drawn by KaTeX itself, which sets styles one by one: the page's policy allows none in markup. */
export function DrawnFormula({ source, isDisplay, written }: FormulaProps & { written: ReactNode }) {
  const drawn = useMemo(() => draw(source, isDisplay), [source, isDisplay]);
  const place = useCallback((element: HTMLElement | null) => element?.replaceChildren(drawn ?? ''), [drawn]);
  if (drawn === undefined) return written;
  return (
    <span
      ref={place}
      dir="ltr"
      className={
        isDisplay
          ? 'block overflow-x-auto overflow-y-hidden py-1'
          : 'inline-block max-w-full overflow-x-auto overflow-y-hidden align-bottom'
      }
    />
  );
}

/** Undefined for what is no formula, or not a whole one yet. */
function draw(source: string, isDisplay: boolean): HTMLElement | undefined {
  const element = document.createElement('span');
  try {
    // The macros are an object of this formula's own: none reaches the next one.
    render(source, element, { ...FORMULA_OPTIONS, displayMode: isDisplay, macros: {} });
    return element;
  } catch {
    return undefined;
  }
}
