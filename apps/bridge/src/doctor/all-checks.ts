import type { Check } from './check.ts';
import { engineChecks } from './engine-checks.ts';
import { exchangeCheck } from './exchange-check.ts';
import { localChecks } from './local-checks.ts';
import { networkChecks } from './network-checks.ts';
import { relayChecks } from './relay-checks.ts';

export interface CheckChoice {
  /** Ask a model a word. */
  exchange: boolean;
  /** Which; undefined = the smallest. */
  model: string | undefined;
}

/** All checks in the order in which they are told: from this computer to the relay and back. */
export function allChecks({ exchange, model }: CheckChoice): readonly Check[] {
  const checks = [...localChecks, ...engineChecks, ...networkChecks, ...relayChecks];
  return exchange ? [...checks, exchangeCheck(model)] : checks;
}
