import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BridgeError } from '../bridge-error.ts';
import { isBelow } from './program-path.ts';
import type { RunTool, Scope, ServiceManager, ServiceSpec, ServiceStatus, Step } from './service.ts';
import { shellWord } from './run-steps.ts';
import { systemdUnit } from './systemd-unit.ts';

const SYSTEM_FOLDER = '/etc/systemd/system';
/** Of a service that runs as nobody's: `ProtectHome=yes` hides these from it. */
const HOMES = ['/home', '/root', '/run/user'];
/** A dynamic user is named like its service. */
const MAX_USER_NAME = 31;

export interface SystemdOptions {
  scope: Scope;
  run: RunTool;
  /** Where a person's programs keep their configuration, as an absolute path. */
  configHome: string;
  /** The person's name on this computer. */
  account: string;
  /** Whether a file is there. */
  exists?(path: string): boolean;
}

/** Services of systemd, of a person or of the computer. */
export function systemd({ scope, run, configHome, account, exists = existsSync }: SystemdOptions): ServiceManager {
  const folder = scope === 'system' ? SYSTEM_FOLDER : join(configHome, 'systemd', 'user');
  const systemctl = ['systemctl', ...(scope === 'user' ? ['--user'] : [])];
  const target = scope === 'system' ? 'multi-user.target' : 'default.target';
  const file = (name: string): string => join(folder, `${name}.service`);
  const link = (name: string): string => join(folder, `${target}.wants`, `${name}.service`);
  const call = (...command: string[]): Step => ({ kind: 'run', command: [...systemctl, ...command] });

  async function isThere(): Promise<boolean> {
    return (await run([...systemctl, 'show', '--property=Version'])).code === 0;
  }

  return {
    async check({ name, command }) {
      if (!(await isThere())) throw new BridgeError('failed', withoutManager(scope));
      if (scope === 'user') return;
      const hidden = command.slice(0, 2).find((path) => HOMES.some((home) => isBelow(path, home, 'linux')));
      if (hidden !== undefined) {
        throw new BridgeError(
          'usage',
          `Cannot install a service of the computer that runs from somebody's home folder: ${hidden}. ` +
            'Install the program for everybody (its .deb, or npm install --global as root), or leave out --system.',
        );
      }
      if (name.length > MAX_USER_NAME) {
        throw new BridgeError(
          'usage',
          `Cannot install "${name}" with --system: its profile's name is too long by ${name.length - MAX_USER_NAME}`,
        );
      }
    },
    async install(spec: ServiceSpec) {
      const { stdout } = await run(['systemctl', '--version']);
      const content = systemdUnit(spec, scope, Number(/^systemd (\d+)/.exec(stdout)?.[1] ?? 0));
      return [
        { kind: 'write', path: file(spec.name), content, mode: 0o644 },
        call('daemon-reload'),
        call('enable', `${spec.name}.service`),
        call('restart', `${spec.name}.service`),
      ];
    },
    async uninstall(name) {
      const managed = await isThere();
      const service = `${name}.service`;
      const mayFail = (...command: string[]): Step => ({
        kind: 'run',
        command: [...systemctl, ...command],
        mayFail: true,
      });
      return [
        ...(managed ? [mayFail('disable', '--now', service)] : []),
        { kind: 'remove', path: link(name) },
        { kind: 'remove', path: file(name) },
        // The folder of a dynamic user is its service's alone: the sign-in goes with it. (`systemctl clean` takes D-Bus.)
        ...(scope === 'system' ? stateFolders(name).map((path): Step => ({ kind: 'remove', path })) : []),
        ...(managed ? [call('daemon-reload'), mayFail('reset-failed', service)] : []),
      ];
    },
    async control(name, action) {
      if (!(await isThere())) throw new BridgeError('failed', withoutManager(scope));
      if (!exists(file(name))) throw notInstalled(scope);
      return [call(action, `${name}.service`)];
    },
    async status(name) {
      const { code, stdout } = await run([
        ...systemctl,
        'show',
        `${name}.service`,
        `--property=${PROPERTIES.join(',')}`,
      ]);
      if (code === 0) return statusOf(stdout);
      return {
        installed: exists(file(name)),
        enabled: exists(link(name)),
        running: false,
        pid: undefined,
        since: undefined,
        lastExit: undefined,
        note: withoutManager(scope),
      };
    },
    async hints(spec) {
      return scope === 'user'
        ? lingerHints(await run(['loginctl', 'show-user', account, '--property=Linger']))
        : signInHints(spec);
    },
  };
}

/** The step that lets a person's services run without them. */
export function lingerStep(account: string): Step {
  return { kind: 'run', command: ['loginctl', 'enable-linger', account] };
}

function lingerHints({ stdout }: { stdout: string }): string[] {
  if (stdout.includes('Linger=yes')) return [];
  return [
    'It runs while you are signed in to this computer. To start it with the computer: sudo loginctl enable-linger "$USER"',
  ];
}

/** Where systemd keeps `StateDirectory=` of a dynamic user: a link, and what it leads to. */
function stateFolders(name: string): string[] {
  return [`/var/lib/${name}`, `/var/lib/private/${name}`];
}

/** The sign-in has to be made as the service's own user, in the service's own folder. */
function signInHints({ name, program }: ServiceSpec): string[] {
  const user = `-p DynamicUser=yes -p User=${name} -p StateDirectory=${name} -p StateDirectoryMode=0700`;
  return [
    'It has a user and a folder of its own. Sign in there, then start it:',
    `  sudo systemd-run --pty --collect ${user} -E CLOUDTOLOCALLLM_HOME=/var/lib/${name} ` +
      `${program.map((word) => shellWord(word)).join(' ')} login --relay https://relay.example.com`,
    `  sudo systemctl restart ${name}`,
  ];
}

function withoutManager(scope: Scope): string {
  return scope === 'user'
    ? 'Cannot reach your systemd (systemctl --user): it is not running here, or this shell is not of your own log-in. Sign in to the computer as yourself (not with su or sudo), or start the bridge by hand with: cloudtolocalllm up'
    : 'Cannot reach systemd (systemctl): it does not run this computer. Start the bridge by what does, with the command: cloudtolocalllm up';
}

function notInstalled(scope: Scope): BridgeError {
  return new BridgeError(
    'failed',
    `The service is not installed: cloudtolocalllm service install${scope === 'system' ? ' --system' : ''}`,
  );
}

const PROPERTIES = [
  'LoadState',
  'UnitFileState',
  'ActiveState',
  'SubState',
  'MainPID',
  'Result',
  'ExecMainCode',
  'ExecMainStatus',
  'ActiveEnterTimestamp',
  'InactiveEnterTimestamp',
];
/** `ExecMainCode` of waitid(2). */
const EXITED = '1';

/** What `systemctl show` printed. */
function statusOf(text: string): ServiceStatus {
  const values = new Map(
    text.split('\n').map((line) => [line.split('=', 1)[0] ?? '', line.slice(line.indexOf('=') + 1)]),
  );
  const of = (property: string): string => values.get(property) ?? '';
  const running = of('ActiveState') === 'active' || of('ActiveState') === 'reloading';
  const ended = of('ExecMainCode') !== '0' && of('ExecMainCode') !== '' && !running;
  const status = of('ExecMainStatus');
  return {
    installed: of('LoadState') === 'loaded',
    enabled: of('UnitFileState').startsWith('enabled'),
    running,
    pid: Number(of('MainPID')) || undefined,
    since: (running ? of('ActiveEnterTimestamp') : of('InactiveEnterTimestamp')) || undefined,
    lastExit: ended ? (of('ExecMainCode') === EXITED ? `exit code ${status}` : `signal ${status}`) : undefined,
    note: of('SubState') === 'auto-restart' ? 'It ended, and is started again soon.' : undefined,
  };
}
