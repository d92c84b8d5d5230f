import 'katex/dist/katex.min.css';
import katex from 'katex';
import { useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import { FORMULA_OPTIONS } from './formula-options.ts';
import type { FormulaProps } from './formula.tsx';

/** Drawn into the page by KaTeX itself, which sets styles one by one: the page's policy allows none in markup. */
export function DrawnFormula({ source, isDisplay, written }: FormulaProps & { written: ReactNode }) {
  const place = useRef<HTMLSpanElement>(null);
  const [failed, setFailed] = useState<string>();
  useLayoutEffect(() => {
    if (place.current === null) return;
    try {
      // The macros are an object of this formula's own: none reaches the next one.
      katex.render(source, place.current, { ...FORMULA_OPTIONS, displayMode: isDisplay, macros: {} });
      setFailed(undefined);
    } catch {
      setFailed(source);
    }
  }, [source, isDisplay]);
  const hasFailed = failed === source;
  return (
    <>
      <span
        ref={place}
        hidden={hasFailed}
        dir="ltr"
        className={
          isDisplay
            ? 'block overflow-x-auto overflow-y-hidden py-1'
            : 'inline-block max-w-full overflow-x-auto overflow-y-hidden align-bottom'
        }
      />
      {hasFailed && written}
    </>
  );
}
