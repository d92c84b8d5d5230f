import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BridgeError } from '../bridge-error.ts';
import { launchdPlist } from './launchd-plist.ts';
import type { RunTool, Scope, ServiceManager, Step } from './service.ts';

export interface LaunchdOptions {
  scope: Scope;
  run: RunTool;
  /** The person's home folder. */
  userHome: string;
  /** The person as whom a daemon runs. */
  account: string;
  /** The number of the person, for the domain of their agents. */
  uid: number;
  exists?(path: string): boolean;
}

/** Services of launchd: a person's agent, or a daemon that runs as that person without them. */
export function launchd({ scope, run, userHome, account, uid, exists = existsSync }: LaunchdOptions): ServiceManager {
  const folder = scope === 'system' ? '/Library/LaunchDaemons' : join(userHome, 'Library', 'LaunchAgents');
  const domain = scope === 'system' ? 'system' : `gui/${uid}`;
  const file = (name: string): string => join(folder, `${name}.plist`);
  const call = (mayFail: boolean, ...command: string[]): Step => ({
    kind: 'run',
    command: ['launchctl', ...command],
    mayFail,
  });

  return {
    async check() {
      if (scope === 'system' && account === 'root') {
        throw new BridgeError(
          'usage',
          'Cannot install a daemon that runs as root. Run it from your own account: sudo cloudtolocalllm service install --system',
        );
      }
      if ((await run(['launchctl', 'print', domain])).code !== 0) {
        throw new BridgeError(
          'failed',
          `Cannot reach launchd's ${domain}: sign in to the computer's desktop as yourself, or use --system`,
        );
      }
    },
    async install(spec) {
      const content = launchdPlist(spec, scope === 'system' ? account : undefined);
      return [
        // One that is loaded keeps its old property list.
        call(true, 'bootout', `${domain}/${spec.name}`),
        { kind: 'write', path: file(spec.name), content, mode: 0o644 },
        call(false, 'enable', `${domain}/${spec.name}`),
        call(false, 'bootstrap', domain, file(spec.name)),
      ];
    },
    async uninstall(name) {
      return [call(true, 'bootout', `${domain}/${name}`), { kind: 'remove', path: file(name) }];
    },
    async control(name, action) {
      if (!exists(file(name))) {
        throw new BridgeError('failed', 'The service is not installed: cloudtolocalllm service install');
      }
      if (action === 'stop') return [call(false, 'bootout', `${domain}/${name}`)];
      // Stopping unloads it; loading one that is loaded fails.
      return [
        call(true, 'bootstrap', domain, file(name)),
        call(false, 'kickstart', ...(action === 'restart' ? ['-k'] : []), `${domain}/${name}`),
      ];
    },
    async status(name) {
      const { code, stdout } = await run(['launchctl', 'print', `${domain}/${name}`]);
      const of = (key: string): string | undefined => new RegExp(String.raw`^\s*${key} = (.+)$`, 'm').exec(stdout)?.[1];
      const exit = of('last exit code');
      return {
        installed: exists(file(name)),
        enabled: exists(file(name)) && code === 0,
        running: code === 0 && of('state') === 'running',
        pid: Number(of('pid')) || undefined,
        since: undefined, // launchd does not say
        lastExit: exit === undefined || exit.startsWith('(never') ? undefined : `exit code ${exit}`,
      };
    },
    async hints() {
      return scope === 'user'
        ? ['It starts when you sign in to this computer; to start without you, use --system.']
        : [];
    },
  };
}
