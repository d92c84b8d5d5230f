import { styleText } from 'node:util';
import { collectYoungGarbage } from '@cloudtolocalllm/protocol';
import { Command } from 'commander';
import { Account } from '../account.ts';
import { BridgeError } from '../bridge-error.ts';
import type { ReadConfig } from '../cli/program.ts';
import type { BridgeConfig } from '../config.ts';
import { loadCredentials } from '../credentials.ts';
import { Daemon, type BridgeState } from '../daemon/daemon.ts';
import { stateRecord } from '../daemon/state-record.ts';
import { chosenEngines } from '../engines/chosen-engines.ts';
import { watchEngineFile } from '../engines/watch-engine-file.ts';
import { defaultPolicy } from '../policy.ts';
import { printable } from '../printable.ts';

const COLOURS: Record<BridgeState, 'green' | 'yellow' | 'red'> = {
  online: 'green',
  connecting: 'yellow',
  'engine-down': 'red',
  offline: 'red',
};

interface UpOptions {
  engineUrl?: string[];
  name?: string;
  allowModelManagement?: boolean;
}

export function upCommand(config: ReadConfig): Command {
  return new Command('up')
    .description('connect and stay connected until Ctrl-C')
    .option(
      '--engine-url <url>',
      'address of the only engine, or of several (or OLLAMA_HOST; default: see cloudtolocalllm engines)',
      (url: string, others: string[] | undefined) => [...(others ?? []), url],
    )
    .option('--name <name>', 'what to call this computer (default: its host name)')
    .option(
      '--allow-model-management',
      'let its models be loaded, pulled and deleted through the relay (or CLOUDTOLOCALLLM_ALLOW_MODEL_MANAGEMENT=1)',
    )
    .addHelpText('after', '\nExample:\n  cloudtolocalllm up --engine-url http://127.0.0.1:1234')
    .action((options: UpOptions) => up(config(), options));
}

/** `up`: connects this computer and stays until Ctrl-C. Throws BridgeError. */
async function up(config: BridgeConfig, options: UpOptions): Promise<void> {
  const credentials = await loadCredentials(config.directory);
  if (!credentials) {
    throw new BridgeError(
      'not_signed_in',
      'Sign in first with: cloudtolocalllm login --relay https://relay.example.com',
    );
  }
  const { choice, by } = await chosenEngines(config, options.engineUrl);
  const policy = defaultPolicy({ allowModelManagement: options.allowModelManagement ?? config.allowModelManagement });
  collectYoungGarbage();
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

  let told = '';
  const record = stateRecord(
    config.directory,
    () => ({
      engine: daemon.engines.map(({ address }) => address).join(', ') || 'none was found',
      engines: daemon.engines,
      mayManageModels: policy.mayManageModels,
    }),
    (error) => console.error(`Cannot keep the state for "status": ${(error as Error).message}`), // as: of the file system
  );
  const daemon = new Daemon({
    account: new Account(config.directory, credentials),
    directory: config.directory,
    engines: choice,
    policy,
    name: options.name ?? config.computerName,
    fault: (error) => console.error('The bridge has a fault, and begins a new session:', error),
    changed(state, detail) {
      const line = `${styleText(COLOURS[state], state)}  ${printable(detail)}`;
      if (line !== told) console.log((told = line));
      record.changed(state, detail);
    },
    exchangeChanged: () => record.countsChanged(),
  });
  // What was named for this run stays for this run.
  const fileWatch =
    by === 'option' || by === 'OLLAMA_HOST'
      ? undefined
      : watchEngineFile({
          directory: config.directory,
          changed: (others) => void daemon.use(others),
          refused: (error) => console.error(printable((error as Error).message)), // as: thrown by the loading
        });
  try {
    await daemon.run(stop.signal);
  } finally {
    fileWatch?.[Symbol.dispose]();
    record.end();
  }
}
