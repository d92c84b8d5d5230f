import { Command } from 'commander';
import { Account } from '../account.ts';
import { BridgeError } from '../bridge-error.ts';
import type { ReadConfig } from '../cli/program.ts';
import type { BridgeConfig } from '../config.ts';
import { loadCredentials } from '../credentials.ts';
import { readState } from '../daemon/state-file.ts';
import { openPage } from '../page/open-page.ts';
import { printable } from '../printable.ts';
import { relayApi } from '../relay-api.ts';

export function statusCommand(config: ReadConfig): Command {
  return new Command('status')
    .description('show what the bridge is doing and how the relay sees it')
    .option('--json', 'for scripts')
    .option('--open', 'open the status page of the running bridge in the browser')
    .action((options: { json?: boolean; open?: boolean }) =>
      options.open ? openPage(config().directory, console.log) : status(config(), options),
    );
}

/** `status`: what this computer does, and how the relay sees it. Throws BridgeError, RelayApiError. */
async function status(config: BridgeConfig, options: { json?: boolean }): Promise<void> {
  const credentials = await loadCredentials(config.directory);
  if (!credentials) throw new BridgeError('not_signed_in', 'Not signed in. Sign in with: cloudtolocalllm login');
  const running = readState(config.directory);
  const account = new Account(config.directory, credentials);
  const seen =
    credentials.bridgeId &&
    (await relayApi.status(credentials.relay, await account.accessToken(), credentials.bridgeId));
  if (options.json) {
    console.log(JSON.stringify({ relay: credentials.relay, running: running ?? null, bridge: seen || null }));
    return;
  }
  console.log(`Relay     ${credentials.relay}`);
  console.log(
    running
      ? `Bridge    ${running.state}: ${printable(running.detail)} (process ${running.pid})`
      : 'Bridge    not running: start it with cloudtolocalllm up',
  );
  if (running) {
    console.log(`Engine    ${running.engine}`);
    console.log(
      running.mayManageModels
        ? 'Policy    models may be loaded, pulled and deleted through the relay'
        : 'Policy    models are only used and listed: allow more with cloudtolocalllm up --allow-model-management',
    );
  }
  if (seen) {
    console.log(
      `Seen as   ${printable(seen.name)}, ${seen.status}${seen.lastSeen ? `, last seen ${seen.lastSeen}` : ''}`,
    );
    console.log(`Models    ${printable(seen.client.models.join(', ')) || 'none'}`);
  }
}
