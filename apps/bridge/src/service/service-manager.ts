import { BridgeError } from '../bridge-error.ts';
import type { BridgeConfig } from '../config.ts';
import { launchd } from './launchd.ts';
import type { RunTool, Scope, ServiceManager } from './service.ts';
import { systemd } from './systemd.ts';
import { windowsTask } from './windows-task.ts';

/** The service manager of this computer. Throws BridgeError for a system that has none we know. */
export function serviceManager(
  { directory, service }: BridgeConfig,
  { scope, run, platform }: { scope: Scope; run: RunTool; platform: NodeJS.Platform },
): ServiceManager {
  const { account, configHome, userHome, environment } = service;
  if (platform === 'linux') return systemd({ scope, run, configHome, account });
  if (platform === 'darwin') return launchd({ scope, run, userHome, account, uid: process.getuid?.() ?? 0 });
  if (platform === 'win32') return windowsTask({ scope, run, account, directory, environment });
  throw new BridgeError('failed', `There are no services on ${platform}: start the bridge with: cloudtolocalllm up`);
}
