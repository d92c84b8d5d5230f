import { durationWords } from '../../lib/amounts.ts';
import type { ProxyField, ProxyProblems } from '../../lib/proxy-draft.ts';
import type { AccessTexts } from '../../texts/access-texts.ts';

/** What stands below a field of the proxy's form: bounds of times are in seconds on the wire, and nobody counts so. */
export function problemWords(problems: ProxyProblems, { problems: words }: AccessTexts, language: string) {
  return (field: ProxyField): string | undefined => {
    const problem = problems[field];
    if (problem === undefined) return undefined;
    if (problem.kind === 'other') return problem.message;
    if (problem.kind !== 'atMost' && problem.kind !== 'atLeast') return words[problem.kind];
    const isTime = field === 'lifetime' || field === 'timeout';
    return words[problem.kind](isTime ? durationWords(Number(problem.value), language) : problem.value);
  };
}
