import { styleText } from 'node:util';
import { collectYoungGarbage } from '@cloudtolocalllm/protocol';
import { Command, Option } from 'commander';
import { Account } from '../account.ts';
import { BridgeError } from '../bridge-error.ts';
import type { ReadConfig } from '../cli/program.ts';
import type { BridgeConfig } from '../config.ts';
import { loadCredentials } from '../credentials.ts';
import { Daemon, type BridgeState } from '../daemon/daemon.ts';
import { clearState, writeState } from '../daemon/state-file.ts';
import { engineAddress } from '../engines/engine-address.ts';
import { BridgeLog } from '../log/bridge-log.ts';
import { describeFault } from '../log/describe-fault.ts';
import { loggedPolicy } from '../log/logged-policy.ts';
import { StateLog } from '../log/state-log.ts';
import { defaultPolicy } from '../policy.ts';
import { printable } from '../printable.ts';
import { endOfService } from '../service/end-of-service.ts';
import { VERSION } from '../version.ts';

const COLOURS: Record<BridgeState, 'green' | 'yellow' | 'red'> = {
  online: 'green',
  connecting: 'yellow',
  'engine-down': 'red',
  offline: 'red',
};

interface UpOptions {
  engineUrl?: string;
  name?: string;
  allowModelManagement?: boolean;
  service?: boolean;
}

export function upCommand(config: ReadConfig): Command {
  return new Command('up')
    .description('connect and stay connected until Ctrl-C')
    .option('--engine-url <url>', "address of the engine (or OLLAMA_HOST; default Ollama's, http://127.0.0.1:11434)")
    .option('--name <name>', 'what to call this computer (default: its host name)')
    .option(
      '--allow-model-management',
      'let its models be loaded, pulled and deleted through the relay (or CLOUDTOLOCALLLM_ALLOW_MODEL_MANAGEMENT=1)',
    )
    .addOption(new Option('--service', 'started by the system: ends as its service manager expects').hideHelp())
    .addHelpText('after', '\nExample:\n  cloudtolocalllm up --engine-url http://127.0.0.1:1234')
    .action((options: UpOptions) => up(config(), options));
}

/** `up`: connects this computer and stays until Ctrl-C. Throws BridgeError. */
async function up(config: BridgeConfig, options: UpOptions): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  await using log = new BridgeLog({
    directory: config.directory,
    trouble: (error) => console.error(`Cannot write the log for "logs": ${error.message}`),
  });
  process.on('uncaughtExceptionMonitor', (error) => log.crash(error));
  log.info(`started: version ${VERSION}, process ${process.pid}${options.service ? ', as a service' : ''}`);
  try {
    await run(config, options, log, stop.signal);
    log.info('stopped');
  } catch (error) {
    log.error('ended', error);
    if (!options.service) throw error;
    await endOfService(error, { directory: config.directory, platform: process.platform, signal: stop.signal });
  }
}

async function run(config: BridgeConfig, options: UpOptions, log: BridgeLog, signal: AbortSignal): Promise<void> {
  const credentials = await loadCredentials(config.directory);
  if (!credentials) {
    throw new BridgeError(
      'not_signed_in',
      'Sign in first with: cloudtolocalllm login --relay https://relay.example.com',
    );
  }
  const engine = engineAddress(options.engineUrl ?? config.engineUrl);
  const policy = defaultPolicy({ allowModelManagement: options.allowModelManagement ?? config.allowModelManagement });
  collectYoungGarbage();

  let told = '';
  let untold = false;
  const journal = new StateLog(log);
  const daemon = new Daemon({
    account: new Account(config.directory, credentials),
    directory: config.directory,
    engine,
    policy: loggedPolicy(policy, log),
    name: options.name ?? config.computerName,
    fault(error) {
      const message = `The bridge has a fault, and begins a new session: ${describeFault(error)}`;
      console.error(message);
      log.limited('fault', 'error', message);
    },
    changed(state, detail) {
      const line = `${styleText(COLOURS[state], state)}  ${printable(detail)}`;
      if (line !== told) console.log((told = line));
      journal.changed(state, detail);
      try {
        writeState(config.directory, {
          pid: process.pid,
          state,
          detail,
          engine: engine.origin,
          mayManageModels: policy.mayManageModels,
          since: new Date().toISOString(),
        });
      } catch (error) {
        // Only `status` misses it: a full disk is no reason to go offline.
        if (!untold) console.error(`Cannot keep the state for "status": ${(error as Error).message}`);
        untold = true;
      }
    },
  });
  try {
    await daemon.run(signal);
  } finally {
    clearState(config.directory);
  }
}
