import type { BridgeConfig } from '../config.ts';
import type { RunningState } from '../daemon/state-file.ts';
import { ok, type Finding } from './check.ts';

/** Which policy holds: that of the running bridge, else the one that the next start would have. */
export async function policyInForce(config: BridgeConfig, running: RunningState | undefined): Promise<Finding> {
  const mayManage = running?.mayManageModels ?? config.allowModelManagement;
  return ok(mayManage ? 'models are used, listed, loaded, pulled and deleted' : 'models are used and listed, no more');
}
