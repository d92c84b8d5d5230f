import type { BridgeConfig } from '../config.ts';
import { describePolicy } from '../policy/describe-policy.ts';
import type { LivePolicy } from '../policy/live-policy.ts';
import { initPolicyFile } from '../policy/policy-file.ts';
import type { AllowedBy, PolicyReport } from '../policy/policy-report.ts';

/** What lets models be managed besides the file: an option that is named, or the variable. */
export function allowedBy(
  options: { allowModelManagement?: boolean },
  config: Pick<BridgeConfig, 'allowModelManagement'>,
): AllowedBy | undefined {
  if (options.allowModelManagement) return '--allow-model-management';
  return config.allowModelManagement ? 'CLOUDTOLOCALLLM_ALLOW_MODEL_MANAGEMENT' : undefined;
}

/** Leaves a policy file to be edited where there is none. */
export async function writeFirstPolicy(path: string): Promise<void> {
  try {
    if (await initPolicyFile(path)) console.log(`policy  what may be called is yours to say in ${path}`);
  } catch (error) {
    // Its defaults hold without it: a folder that can't be written is no reason to stay offline.
    console.error(`Cannot write ${path}, so the default policy holds: ${(error as Error).message}`);
  }
}

/** What a policy needs of the daemon; staying away while the policy is closed, as soon as it can. */
interface PolicyHolder {
  policyChanged(): void;
  pause(key: string, detail: string): void;
  resume(key: string): void;
}

/** Lets the daemon go by the policy from now on: closed is away, and every change is told. */
export function keepToPolicy(daemon: PolicyHolder, policy: LivePolicy): void {
  let told = describe(policy.report);
  if (told.fault !== undefined) console.error(told.fault);
  const apply = (): void => {
    const { closed } = policy.report;
    if (closed === undefined) daemon.resume('policy');
    else daemon.pause('policy', closed);
  };
  apply();
  policy.onChange(() => {
    const now = describe(policy.report);
    if (now.fault !== undefined && now.fault !== told.fault) console.error(now.fault);
    else if (now.inForce !== told.inForce || now.fault !== told.fault) console.log(now.inForce);
    told = now;
    apply();
    daemon.policyChanged();
  });
}

/** What is said of a policy on the bridge's output. */
function describe(report: PolicyReport): { inForce: string; fault: string | undefined } {
  const { from, fault } = report;
  const source = from === 'defaults' ? 'there is no file, so the defaults hold' : 'in force as the file says';
  const words = describePolicy(report).map(([name, text]) => `${name.toLowerCase()}: ${text}`);
  const so = from === 'closed' ? 'nothing is let through until it is mended' : 'what held before stays in force';
  return {
    inForce: `policy  ${source}; ${words.join('; ')}`,
    fault: fault === undefined ? undefined : `policy  the file is refused, ${so}:\n${fault}`,
  };
}
