import type { Policy } from '../policy.ts';
import type { BridgeLog } from './bridge-log.ts';

/** The same policy; what it refuses is said in the log, by its own reason: never a query or a body. */
export function loggedPolicy(policy: Policy, log: Pick<BridgeLog, 'limited'>): Policy {
  const say = <Verdict extends { allowed: true } | { allowed: false; reason: string }>(verdict: Verdict): Verdict => {
    if (!verdict.allowed) log.limited('request', 'warn', `Refused a request: ${verdict.reason}`);
    return verdict;
  };
  return {
    get mayManageModels() {
      return policy.mayManageModels;
    },
    get narrowsModels() {
      return policy.narrowsModels;
    },
    get maxConcurrent() {
      return policy.maxConcurrent;
    },
    check: (method, path) => say(policy.check(method, path)),
    checkModel: (model) => say(policy.checkModel(model)),
  };
}
