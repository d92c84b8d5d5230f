import type { BridgeConfig } from '../config.ts';
import { readState } from '../daemon/state-file.ts';
import type { Policy } from '../policy.ts';
import { LivePolicy } from './live-policy.ts';
import { policyPath, readPolicyFile } from './policy-file.ts';
import { PolicyFileError } from './policy-file-error.ts';
import type { PolicyReport } from './policy-report.ts';

/**
 * What the running bridge of this profile goes by; when none runs, what it would after its start. `at`: the policy as it
 * answers then, in ms since 1970.
 */
export async function policyInForce(
  config: BridgeConfig,
  at?: number,
): Promise<{ report: PolicyReport; policy: Policy; isRunning: boolean }> {
  const path = policyPath(config.directory);
  const running = readState(config.directory)?.policy;
  const byVariable = config.allowModelManagement ? ('CLOUDTOLOCALLLM_ALLOW_MODEL_MANAGEMENT' as const) : undefined;
  using policy = new LivePolicy({
    allowedBy: running ? running.allowedBy : byVariable,
    now: () => at ?? Date.now(),
  });
  if (running && running.from !== 'closed') {
    policy.accept(running.from === 'file' ? running.settings : undefined);
    return { report: running, policy, isRunning: true };
  }
  try {
    policy.accept(await readPolicyFile(path));
  } catch (error) {
    if (!(error instanceof PolicyFileError)) throw error;
    policy.refuse(error, { atStart: true });
  }
  return { report: policy.report, policy, isRunning: running !== undefined };
}
