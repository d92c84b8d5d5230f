import type { BridgeStatus } from '@cloudtolocalllm/sdk';

export const INSTALL_COMMAND = 'npm ci';

export const SYSTEMS = ['linux', 'macos', 'windows'] as const;
export type System = (typeof SYSTEMS)[number];

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
};

/** What signs a computer in and connects it: one line, or two where a shell can't join them safely. */
export function bridgeCommands({ system, origin, name }: BridgeCommandsOptions): string[] {
  const npm = npmOf(system);
  const plain = plainName(name);
  const login = `${npm} run bridge -- login --relay ${origin}`;
  const up = `${npm} run bridge -- up${plain === '' ? '' : ` --name "${plain}"`}`;
  // Windows PowerShell knows no "&&" before version 7.
  return system === 'windows' ? [login, up] : [`${login} && ${up}`];
}

type WithPlatform = Pick<BridgeStatus, 'client'>;

/** What a computer's bridge is started with again, in its copy of this project. */
export function upCommand({ client }: WithPlatform): string {
  return `${npmOf(client.platform === 'win32' ? 'windows' : 'linux')} run bridge -- up`;
}

/** The same with the switch by which its owner lets models be changed through the relay. */
export function manageCommand(computer: WithPlatform): string {
  return `${upCommand(computer)} --allow-model-management`;
}

/** Windows PowerShell drops the "--" of its own npm (npm/cli#3136). */
function npmOf(system: System): string {
  return system === 'windows' ? 'npm.cmd' : 'npm';
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
