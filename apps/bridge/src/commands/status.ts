import { Command } from 'commander';
import { Account } from '../account.ts';
import { BridgeError } from '../bridge-error.ts';
import type { ReadConfig } from '../cli/program.ts';
import type { BridgeConfig } from '../config.ts';
import { loadCredentials } from '../credentials.ts';
import { readState } from '../daemon/state-file.ts';
import { policyInBrief } from '../policy/describe-policy.ts';
import { printable } from '../printable.ts';
import { relayApi } from '../relay-api.ts';

export function statusCommand(config: ReadConfig): Command {
  return new Command('status')
    .description('show what the bridge is doing and how the relay sees it')
    .option('--json', 'for scripts')
    .action((options: { json?: boolean }) => status(config(), options));
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
      `Policy    ${running.policy ? printable(policyInBrief(running.policy)) : 'unknown: another version runs'}`,
    );
    if (running.policy?.fault !== undefined) console.log(`          the file is refused:\n${running.policy.fault}`);
  }
  if (seen) {
    console.log(
      `Seen as   ${printable(seen.name)}, ${seen.status}${seen.lastSeen ? `, last seen ${seen.lastSeen}` : ''}`,
    );
    console.log(`Models    ${printable(seen.client.models.join(', ')) || 'none'}`);
  }
}
