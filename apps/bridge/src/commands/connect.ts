import { once } from 'node:events';
import { isLoopbackHost } from '@cloudtolocalllm/protocol/loopback-host';
import { Command, Option } from 'commander';
import type { Account } from '../account.ts';
import { BridgeError } from '../bridge-error.ts';
import { examples } from '../cli/examples.ts';
import type { ReadConfig } from '../cli/program.ts';
import type { BridgeConfig } from '../config.ts';
import { printable } from '../printable.ts';

/** Ollama's own, so that programs find it without being told. */
const DEFAULT_PORT = '11434';

interface ConnectCommandOptions {
  port: string;
  host: string;
  bridge?: string;
}

export function connectCommand(config: ReadConfig): Command {
  return new Command('connect')
    .description('make the models at home reachable here, for all that speaks to an Ollama on this computer')
    .addOption(
      new Option('--port <number>', 'port to listen on').default(DEFAULT_PORT, `${DEFAULT_PORT}, Ollama's own`),
    )
    .option('--host <address>', 'address to listen on, of this computer alone', '127.0.0.1')
    .option('--bridge <name>', 'always ask this computer (default: the first that has the model)')
    .addHelpText(
      'after',
      examples(
        'cloudtolocalllm connect',
        'cloudtolocalllm connect --port 11435 --bridge studio-pc',
        'OLLAMA_HOST=127.0.0.1:11435 ollama run llama3.2',
      ),
    )
    .action((options: ConnectCommandOptions) => connect(config(), options));
}

/** `connect`: listens on this computer until Ctrl-C. Throws BridgeError. */
async function connect(config: BridgeConfig, options: ConnectCommandOptions): Promise<void> {
  const { host, port } = place(options);
  // Loaded here: other commands start without.
  const [{ Account }, { loadCredentials }, { ConnectServer }, { RelayWay }] = await Promise.all([
    import('../account.ts'),
    import('../credentials.ts'),
    import('../connect/connect-server.ts'),
    import('../connect/relay-way.ts'),
  ]);
  const credentials = await loadCredentials(config.directory);
  if (!credentials) {
    throw new BridgeError(
      'not_signed_in',
      'Sign in first with: cloudtolocalllm login --relay https://relay.example.com',
    );
  }
  const account = new Account(config.directory, credentials);
  using way = new RelayWay({ account, bridge: options.bridge });
  await using server = await ConnectServer.listen({ way, host, port });
  console.log(`Listening at ${server.url} for what speaks to Ollama, OpenAI or Anthropic; Ctrl-C ends it.`);
  console.log(await whoIsThere(account, options.bridge));
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  if (!stop.signal.aborted) await once(stop.signal, 'abort');
}

/** Where to listen. Throws BridgeError usage for what other computers could reach. */
function place(options: ConnectCommandOptions): { host: string; port: number } {
  const host = options.host.replace(/^\[|\]$/g, '');
  if (!isLoopbackHost(host.includes(':') ? `[${host}]` : host)) {
    throw new BridgeError(
      'usage',
      `--host ${printable(options.host)}: this port asks nobody who they are, so it listens on this computer alone: use 127.0.0.1 or ::1`,
    );
  }
  const port = /^\d{1,5}$/.test(options.port) ? Number(options.port) : NaN;
  if (!(port <= 65_535)) throw new BridgeError('usage', `--port ${printable(options.port)} is not a port`);
  return { host, port };
}

/** Which computers will answer, in a sentence; that the relay is away is no reason not to wait for it. */
async function whoIsThere(account: Account, wanted: string | undefined): Promise<string> {
  const { relayApi } = await import('../relay-api.ts');
  const { relay } = account.credentials;
  try {
    const { bridges } = await relayApi.bridges(relay, await account.accessToken());
    const isMeant = ({ name, bridgeId }: { name: string; bridgeId: string }): boolean =>
      wanted === undefined || bridgeId === wanted || name.toLowerCase() === wanted.toLowerCase();
    const online = bridges.filter((bridge) => bridge.status === 'connected' && isMeant(bridge));
    if (online.length > 0)
      return `Answers come from ${online.map(({ name }) => printable(name)).join(', ')} through ${relay}`;
    const who = wanted === undefined ? 'No computer of yours' : `No computer of yours named ${printable(wanted)}`;
    return `${who} is online at ${relay} now: start one with cloudtolocalllm up`;
  } catch (error) {
    return `Answers do not come yet: ${printable((error as Error).message)}`;
  }
}
