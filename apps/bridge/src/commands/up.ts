import { styleText } from 'node:util';
import { collectYoungGarbage } from '@cloudtolocalllm/protocol';
import { Command } from 'commander';
import { Account } from '../account.ts';
import { BridgeError } from '../bridge-error.ts';
import type { ReadConfig } from '../cli/program.ts';
import type { BridgeConfig } from '../config.ts';
import { loadCredentials } from '../credentials.ts';
import { Daemon, type BridgeState } from '../daemon/daemon.ts';
import { clearState, writeState } from '../daemon/state-file.ts';
import { engineAddress } from '../engines/engine-address.ts';
import { LivePolicy } from '../policy/live-policy.ts';
import { policyPath } from '../policy/policy-file.ts';
import { PolicyFollower } from '../policy/policy-follower.ts';
import { printable } from '../printable.ts';
import { allowedBy, keepToPolicy, requestLogger, writeFirstPolicy } from './keep-to-policy.ts';

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
  const engine = engineAddress(options.engineUrl ?? config.engineUrl);
  await writeFirstPolicy(policyPath(config.directory));
  using resources = new DisposableStack();
  const policy = resources.use(new LivePolicy({ allowedBy: allowedBy(options, config) }));
  resources.use(await PolicyFollower.start(policyPath(config.directory), policy));
  collectYoungGarbage();
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

  let told = '';
  let untold = false;
  const daemon = new Daemon({
    account: new Account(config.directory, credentials),
    directory: config.directory,
    engine,
    policy,
    name: options.name ?? config.computerName,
    fault: (error) => console.error('The bridge has a fault, and begins a new session:', error),
    observe: requestLogger(policy),
    changed(state, detail) {
      const line = `${styleText(COLOURS[state], state)}  ${printable(detail)}`;
      if (line !== told) console.log((told = line));
      try {
        writeState(config.directory, {
          pid: process.pid,
          state,
          detail,
          engine: engine.origin,
          mayManageModels: policy.mayManageModels,
          policy: policy.report,
          since: new Date().toISOString(),
        });
      } catch (error) {
        // Only `status` misses it: a full disk is no reason to go offline.
        if (!untold) console.error(`Cannot keep the state for "status": ${(error as Error).message}`);
        untold = true;
      }
    },
  });
  keepToPolicy(daemon, policy);
  try {
    await daemon.run(stop.signal);
  } finally {
    clearState(config.directory);
  }
}
