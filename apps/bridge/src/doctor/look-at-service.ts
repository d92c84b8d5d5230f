import { DEFAULT_PROFILE, type BridgeConfig } from '../config.ts';
import { runTool } from '../service/run-tool.ts';
import { type Scope, serviceName, type ServiceStatus } from '../service/service.ts';
import { serviceManager } from '../service/service-manager.ts';

/** The service of this profile, the person's own first; undefined when there is none, or that can't be told here. */
export async function lookAtService(config: BridgeConfig): Promise<(ServiceStatus & { scope: Scope }) | undefined> {
  const name = serviceName(config.profile, DEFAULT_PROFILE);
  for (const scope of ['user', 'system'] as const) {
    try {
      const manager = serviceManager(config, { scope, run: runTool, platform: process.platform });
      const status = await manager.status(name);
      if (status.installed) return { scope, ...status };
    } catch {
      // No such manager here, or it does not run: nothing is wrong with the bridge by that.
    }
  }
  return undefined;
}
