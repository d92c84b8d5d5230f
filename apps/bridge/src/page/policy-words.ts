import type { Policy } from '../policy.ts';

/** What the policy allows, in sentences; `models` are those there are. */
export function policyWords(policy: Policy, models: readonly string[]): string[] {
  const words = [
    policy.mayManageModels
      ? 'Models may be used, listed, pulled and deleted through the relay.'
      : 'Models may be used and listed, not pulled or deleted.',
  ];
  if (policy.narrowsModels) {
    const allowed = models.filter((model) => policy.checkModel(model).allowed);
    words.push(
      allowed.length === 0
        ? 'Only some models may be used, and this computer has none of them.'
        : `Only some models may be used; of those that are here: ${allowed.join(', ')}.`,
    );
  }
  const { maxConcurrent } = policy;
  if (maxConcurrent !== undefined) {
    words.push(`At most ${maxConcurrent} ${maxConcurrent === 1 ? 'request' : 'requests'} at the same time.`);
  }
  return words;
}
