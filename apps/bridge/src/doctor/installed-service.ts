import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_PROFILE, type BridgeConfig } from '../config.ts';

/** Where the service of this profile is installed; undefined when it is not, or that can't be told here. */
export async function installedService({ profile }: BridgeConfig): Promise<string | undefined> {
  const name = profile === DEFAULT_PROFILE ? 'cloudtolocalllm' : `cloudtolocalllm-${profile}`;
  const home = homedir();
  const paths = [
    join(home, '.config/systemd/user', `${name}.service`),
    join('/etc/systemd/system', `${name}.service`),
    join('/usr/lib/systemd/user', `${name}.service`),
    join(home, 'Library/LaunchAgents', `${name}.plist`),
  ];
  for (const path of paths) {
    const exists = await access(path).then(
      () => true,
      () => false,
    );
    if (exists) return path;
  }
  return undefined;
}
