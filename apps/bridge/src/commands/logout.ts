import { Command } from 'commander';
import { BridgeError } from '../bridge-error.ts';
import { examples } from '../cli/examples.ts';
import type { ReadConfig } from '../cli/program.ts';
import type { BridgeConfig } from '../config.ts';
import { printable } from '../printable.ts';

interface LogoutOptions {
  remove?: boolean;
  json?: boolean;
}

export function logoutCommand(config: ReadConfig): Command {
  return new Command('logout')
    .description('sign out: end the tokens at the relay and remove them from this computer')
    .option('--remove', 'remove this computer from the relay too')
    .option('--json', 'for scripts')
    .addHelpText('after', examples('cloudtolocalllm logout', 'cloudtolocalllm --profile work logout --remove'))
    .action((options: LogoutOptions) => logout(config(), options));
}

/** `logout`: revokes, forgets, stops nothing that is up. Throws BridgeError, and RelayApiError when it cannot remove. */
async function logout(config: BridgeConfig, options: LogoutOptions): Promise<void> {
  const [{ loadAccount }, { signOut }, { readState }] = await Promise.all([
    import('../credentials.ts'),
    import('../sign-out.ts'),
    import('../daemon/state-file.ts'),
  ]);
  const account = await loadAccount(config.directory).catch((error: unknown) => {
    if (error instanceof BridgeError) return undefined; // damaged: removed below
    throw error;
  });
  const wasIn = account !== undefined && account.secrets !== 'none';
  if (!wasIn && options.remove) {
    throw new BridgeError(
      'not_signed_in',
      'Not signed in: to remove this computer, sign in first, or use the web app.',
    );
  }
  const up = readState(config.directory); // before it hears that it was removed
  const { removed, trouble } = await signOut(config.directory, { remove: options.remove ?? false });
  const relay = account?.relay ?? null;
  if (options.json) {
    const revoked = wasIn && trouble === undefined;
    console.log(
      JSON.stringify({
        profile: config.profile,
        relay,
        revoked,
        removed,
        trouble: trouble ?? null,
        stillUp: up?.pid ?? null,
      }),
    );
    return;
  }
  console.log(wasIn ? `Signed out of ${relay}.` : 'Nobody was signed in.');
  if (removed) console.log('This computer was removed from the relay.');
  if (trouble !== undefined) {
    console.error(`The tokens are gone from here, but could not be ended at the relay: ${printable(trouble)}`);
  }
  if (up) {
    console.log(
      removed
        ? `The bridge that is up (process ${up.pid}) is told by the relay, and ends.`
        : `A bridge is still up (process ${up.pid}), for a day at most. To stop it now, stop that process or its service.`,
    );
  }
}
