import { memo } from 'react';
import { lazily } from '../../components/lazily.tsx';
import { LazyPart } from '../../components/lazy-part.tsx';

const DrawnFormula = lazily(async () => (await import('./drawn-formula.tsx')).DrawnFormula);

/** Longer ones are no formulas, and slow to draw. */
const MAX_FORMULA_CHARACTERS = 5_000;

export type FormulaProps = { source: string; isDisplay: boolean };

/** A formula; as its source until it can be drawn, and when it can't. The same one is drawn once. */
export const Formula = memo(function Formula({ source, isDisplay }: FormulaProps) {
  const written = <code className="wrap-anywhere font-mono text-ui whitespace-pre-wrap">{source}</code>;
  if (source.length > MAX_FORMULA_CHARACTERS) return written;
  return (
    <LazyPart instead={written}>
      <DrawnFormula source={source} isDisplay={isDisplay} written={written} />
    </LazyPart>
  );
});
