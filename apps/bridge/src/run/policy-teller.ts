import type { BridgeConfig } from '../config.ts';
import { describePolicy } from '../policy/describe-policy.ts';
import type { LivePolicy } from '../policy/live-policy.ts';
import { initPolicyFile } from '../policy/policy-file.ts';
import type { AllowedBy } from '../policy/policy-report.ts';

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

/** Says on the bridge's output what became of its policy. */
export class PolicyTeller {
  readonly #policy: LivePolicy;
  #fault: string | undefined;
  #inForce: string | undefined;

  constructor(policy: LivePolicy) {
    this.#policy = policy;
  }

  /** Says what is new since the last time; at the first time, only what is wrong. */
  tell(): void {
    const { report } = this.#policy;
    const { from, fault } = report;
    if (fault !== undefined && fault !== this.#fault) {
      const so = from === 'closed' ? 'nothing is let through until it is mended' : 'what held before stays in force';
      console.error(`policy  the file is refused, ${so}:\n${fault}`);
    }
    const source = from === 'defaults' ? 'there is no file, so the defaults hold' : 'in force as the file says';
    const words = describePolicy({ ...report, closed: undefined }).map(
      ([name, text]) => `${name.toLowerCase()}: ${text}`,
    );
    const inForce = from === 'closed' ? '' : `policy  ${source}; ${words.join('; ')}`;
    if (this.#inForce !== undefined && inForce !== '' && (inForce !== this.#inForce || (this.#fault && !fault))) {
      console.log(inForce);
    }
    this.#fault = fault;
    this.#inForce = inForce;
  }
}
