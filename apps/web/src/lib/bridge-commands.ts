import type { BridgePackage, BridgeStatus } from '@cloudtolocalllm/sdk';

export const SYSTEMS = ['linux', 'macos', 'windows'] as const;
export type System = (typeof SYSTEMS)[number];
const PLATFORMS: Record<System, string> = { linux: 'linux-', macos: 'darwin-', windows: 'win32-' };

/** The system of a browser, from its `navigator.platform`; a phone's person has the computer elsewhere. */
export function systemOf(platform: string): System {
  if (/^win/i.test(platform)) return 'windows';
  return /^mac/i.test(platform) ? 'macos' : 'linux';
}

export type BridgeCommandsOptions = {
  system: System;
  /** The relay's own address. */
  origin: string;
  /** What the computer is to be called; empty: its host name. */
  name: string;
  /** The npm package that the relay hands out; undefined: the bridge is run in a copy of this project. */
  packageUrl: string | undefined;
};

export type BridgeCommands = {
  install: string;
  /** What signs a computer in and connects it: one line, or two where a shell can't join them safely. */
  connect: string[];
  /** Starts it with the computer from then on; undefined in a copy of this project. */
  service: string | undefined;
};

/** What connects a computer, for its system. */
export function bridgeCommands({ system, origin, name, packageUrl }: BridgeCommandsOptions): BridgeCommands {
  const bridge = packageUrl === undefined ? `${npmOf(system)} run bridge --` : programOf(system);
  const plain = plainName(name);
  const login = `${bridge} login --relay ${origin}`;
  const named = plain === '' ? '' : ` --name "${plain}"`;
  const up = `${bridge} up${named}`;
  return {
    install: packageUrl === undefined ? 'npm ci' : `${npmOf(system)} install -g ${packageUrl}`,
    // Windows PowerShell knows no "&&" before version 7.
    connect: system === 'windows' ? [login, up] : [`${login} && ${up}`],
    service: packageUrl === undefined ? undefined : `${bridge} service install${named && ` --${named}`}`,
  };
}

/** Packages that bring everything along, for this system. */
export function wholePackages(packages: readonly BridgePackage[], system: System): BridgePackage[] {
  return packages.filter(({ platform }) => platform.startsWith(PLATFORMS[system]));
}

type WithPlatform = Pick<BridgeStatus, 'client'>;

/** What a computer's bridge is started with again. */
export function upCommand({ client }: WithPlatform): string {
  return `${programOf(client.platform === 'win32' ? 'windows' : 'linux')} up`;
}

/** The same with the switch by which its owner lets models be changed through the relay. */
export function manageCommand(computer: WithPlatform): string {
  return `${upCommand(computer)} --allow-model-management`;
}

/** Windows PowerShell drops the "--" of its own npm (npm/cli#3136), and may refuse to run scripts at all. */
function npmOf(system: System): string {
  return system === 'windows' ? 'npm.cmd' : 'npm';
}

function programOf(system: System): string {
  return system === 'windows' ? 'cloudtolocalllm.cmd' : 'cloudtolocalllm';
}

/** Without what a shell or npm would read as more than text inside quotes. */
function plainName(name: string): string {
  return name.replaceAll(/["'`$\\!%^&|<>;\p{Cc}]/gu, '').trim();
}

/** Through which another computer reaches a relay that signs in its own computer alone. */
export function tunnelCommand(origin: string): string {
  const { port, protocol } = new URL(origin);
  const number = port || (protocol === 'https:' ? '443' : '80');
  return `ssh -N -L ${number}:127.0.0.1:${number} you@relay-computer`;
}
