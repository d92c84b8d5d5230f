import type { BridgeStatus } from '@cloudtolocalllm/protocol';
import { Command } from 'commander';
import { BridgeError, EXIT_CODES, type BridgeErrorCode } from '../bridge-error.ts';
import { examples } from '../cli/examples.ts';
import { forProfile } from '../cli/for-profile.ts';
import type { ReadConfig } from '../cli/program.ts';
import type { BridgeConfig } from '../config.ts';
import type { SecretsPlace } from '../credentials.ts';
import type { RunningState } from '../daemon/state-file.ts';
import { printable } from '../printable.ts';
import { secretsText } from './secrets-text.ts';

/** What `status --json` prints. Fields are added, never removed or given another meaning. */
export interface StatusReport {
  profile: string;
  relay: string;
  /** Who signed in, as the relay calls them. */
  user: string | null;
  /** Where the tokens are. */
  secrets: SecretsPlace;
  /** What this computer does; `running` says more. */
  state: RunningState['state'] | 'not-running';
  running: RunningState | null;
  /** How the relay sees it; null before the first `up`, and when `trouble` says why it is not known. */
  bridge: BridgeStatus | null;
  trouble: { code: BridgeErrorCode; message: string } | null;
  exitCode: number;
}

export function statusCommand(config: ReadConfig): Command {
  return new Command('status')
    .description('show what the bridge is doing and how the relay sees it')
    .option('--json', 'for scripts')
    .option('--open', 'open the status page of the running bridge in the browser')
    .addHelpText(
      'after',
      `${examples('cloudtolocalllm status', 'cloudtolocalllm status --json | jq -r .state')}

Exits with 0 when the bridge is online, 3 signed out, 8 not running, 7 the relay is away, 9 not online or no engine.`,
    )
    .action(async (options: { json?: boolean; open?: boolean }) => {
      if (!options.open) return status(config(), options);
      const { openPage } = await import('../page/open-page.ts');
      await openPage(config().directory, console.log);
    });
}

/** `status`: what this computer does, and how the relay sees it. Throws BridgeError. */
async function status(config: BridgeConfig, options: { json?: boolean }): Promise<void> {
  const report = await look(config);
  process.exitCode = report.exitCode;
  if (options.json) console.log(JSON.stringify(report));
  else for (const [title, text] of await lines(report, config)) console.log(`${title.padEnd(10)}${text}`);
}

async function look(config: BridgeConfig): Promise<StatusReport> {
  const [{ loadAccount }, { readState }] = await Promise.all([
    import('../credentials.ts'),
    import('../daemon/state-file.ts'),
  ]);
  const account = await loadAccount(config.directory);
  if (!account || account.secrets === 'none') {
    throw new BridgeError('not_signed_in', 'Not signed in. Sign in with: cloudtolocalllm login');
  }
  const running = readState(config.directory) ?? null;
  const { bridge, trouble } = await askRelay(config);
  const code = exitCode(running, trouble);
  return {
    profile: config.profile,
    relay: account.relay,
    user: account.user ?? null,
    secrets: account.secrets ?? 'file',
    state: running?.state ?? 'not-running',
    running,
    bridge,
    trouble,
    exitCode: code === undefined ? 0 : EXIT_CODES[code],
  };
}

const SIGNED_OUT = 'you were signed out. Sign in again with: cloudtolocalllm login';

/** What the relay says, or why it is not known: the rest of the status is worth having without it. */
async function askRelay({ directory }: BridgeConfig): Promise<Pick<StatusReport, 'bridge' | 'trouble'>> {
  const [{ Account }, { loadCredentials }, { relayApi, RelayApiError }] = await Promise.all([
    import('../account.ts'),
    import('../credentials.ts'),
    import('../relay-api.ts'),
  ]);
  try {
    const credentials = await loadCredentials(directory);
    if (!credentials?.bridgeId) return { bridge: null, trouble: null };
    const account = new Account(directory, credentials);
    const bridge = await relayApi.status(credentials.relay, await account.accessToken(), credentials.bridgeId);
    return { bridge, trouble: null };
  } catch (error) {
    if (error instanceof BridgeError) return { bridge: null, trouble: { code: error.code, message: error.message } };
    if (!(error instanceof RelayApiError)) throw error;
    const code = error.status === 401 ? 'not_signed_in' : error.status === 404 ? 'removed' : 'unreachable';
    const message = code === 'not_signed_in' ? SIGNED_OUT : error.message;
    return { bridge: null, trouble: { code, message } };
  }
}

/** The first thing to mend. */
function exitCode(running: RunningState | null, trouble: StatusReport['trouble']): BridgeErrorCode | undefined {
  if (trouble?.code === 'not_signed_in') return trouble.code;
  if (!running) return 'not_running';
  return trouble?.code ?? (running.state === 'online' ? undefined : 'not_ready');
}

type Line = [title: string, text: string];

async function lines(report: StatusReport, { directory, profile }: BridgeConfig): Promise<Line[]> {
  const { running, bridge, trouble } = report;
  return [
    ...(profile === 'default' ? [] : ([['Profile', profile]] as Line[])),
    ['Relay', report.relay],
    [
      'Signed in',
      `${report.user === null ? '' : `${printable(report.user)}, `}tokens ${secretsText(report.secrets, directory)}`,
    ],
    [
      'Bridge',
      running
        ? `${running.state}: ${printable(running.detail)} (process ${running.pid})`
        : forProfile('not running: start it with cloudtolocalllm up', profile),
    ],
    ...(running ? await runningLines(running) : []),
    ...(bridge ? bridgeLines(bridge) : []),
    ...(trouble ? ([['Seen as', `not known: ${printable(forProfile(trouble.message, profile))}`]] as Line[]) : []),
  ];
}

async function runningLines(running: RunningState): Promise<Line[]> {
  const { policyInBrief } = await import('../policy/describe-policy.ts');
  return [
    ['Engine', running.engine],
    ['Policy', running.policy ? printable(policyInBrief(running.policy)) : 'unknown: another version runs'],
    ...(running.policy?.fault === undefined ? [] : ([['', `the file is refused:\n${running.policy.fault}`]] as Line[])),
  ];
}

function bridgeLines({ name, status: state, lastSeen, client }: BridgeStatus): Line[] {
  return [
    ['Seen as', `${printable(name)}, ${state}${lastSeen ? `, last seen ${lastSeen}` : ''}`],
    ['Models', printable(client.models.join(', ')) || 'none'],
  ];
}
