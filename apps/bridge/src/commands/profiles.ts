import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { examples } from '../cli/examples.ts';
import type { ReadConfig } from '../cli/program.ts';
import { DEFAULT_PROFILE, PROFILE_NAME, profileDirectory, type BridgeConfig } from '../config.ts';
import type { SecretsPlace } from '../credentials.ts';
import type { RunningState } from '../daemon/state-file.ts';
import { printable } from '../printable.ts';

/** One of what `profiles --json` lists. */
export interface ProfileReport {
  profile: string;
  directory: string;
  /** Null when its credentials cannot be read. */
  relay: string | null;
  user: string | null;
  /** `none`: signed out. */
  secrets: SecretsPlace;
  running: { pid: number; state: RunningState['state'] } | null;
}

export function profilesCommand(config: ReadConfig): Command {
  return new Command('profiles')
    .description('list the relays and accounts of this computer')
    .option('--json', 'for scripts')
    .addHelpText('after', examples('cloudtolocalllm profiles', 'cloudtolocalllm --profile work up'))
    .action((options: { json?: boolean }) => profiles(config(), options));
}

/** `profiles`: who is signed in where, and which bridge is up. Asks no keychain and no relay. */
async function profiles(config: BridgeConfig, options: { json?: boolean }): Promise<void> {
  const found = await listProfiles(config.home);
  if (options.json) console.log(JSON.stringify({ profiles: found }));
  else if (found.length === 0) console.log('Nobody has signed in yet: cloudtolocalllm login');
  else for (const line of table(found)) console.log(line);
}

/** Every profile that somebody has signed in to, the default one first. */
export async function listProfiles(home: string): Promise<ProfileReport[]> {
  const others = await readdir(join(home, 'profiles')).catch(() => []);
  const names = [DEFAULT_PROFILE, ...others.filter((name) => PROFILE_NAME.test(name)).toSorted()];
  const reports = await Promise.all(names.map((profile) => report(home, profile)));
  return reports.filter((profile) => profile !== undefined);
}

async function report(home: string, profile: string): Promise<ProfileReport | undefined> {
  const [{ loadAccount }, { readState }] = await Promise.all([
    import('../credentials.ts'),
    import('../daemon/state-file.ts'),
  ]);
  const directory = profileDirectory(home, profile);
  const state = readState(directory);
  const running = state ? { pid: state.pid, state: state.state } : null;
  try {
    const account = await loadAccount(directory);
    if (!account) return undefined;
    const { relay, user = null, secrets = 'file' } = account;
    return { profile, directory, relay, user, secrets, running };
  } catch {
    return { profile, directory, relay: null, user: null, secrets: 'none', running };
  }
}

function table(found: readonly ProfileReport[]): string[] {
  const rows = found.map(({ profile, relay, user, secrets, running }) => [
    profile,
    relay ?? 'unreadable: sign in again',
    secrets === 'none' ? 'signed out' : printable(user ?? 'signed in'),
    running ? `${running.state} (process ${running.pid})` : 'not running',
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
}
