import type { BridgeConfig } from '../config.ts';
import { policyInBrief } from '../policy/describe-policy.ts';
import { policyInForce } from '../policy/policy-in-force.ts';
import { failed, ok, warning, type Finding } from './check.ts';

const MEND = 'See what is wrong with: cloudtolocalllm policy check; mend it with: cloudtolocalllm policy edit';

/** Which policy holds: that of the running bridge, else the one that the next start would have. */
export async function lookAtPolicy(config: BridgeConfig): Promise<Finding> {
  const { report } = await policyInForce(config);
  const brief = policyInBrief(report);
  if (report.from === 'closed') return failed(brief, MEND);
  if (report.fault !== undefined) return warning(`the file is wrong, so what held before holds: ${brief}`, MEND);
  if (report.closed !== undefined) return warning(brief, 'Its owner sets the hours with: cloudtolocalllm policy edit');
  return ok(brief);
}
