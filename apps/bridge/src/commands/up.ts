import { styleText } from 'node:util';
import { collectYoungGarbage } from '@cloudtolocalllm/protocol';
import { Command, InvalidArgumentError } from 'commander';
import { Account } from '../account.ts';
import { BridgeError } from '../bridge-error.ts';
import type { ReadConfig } from '../cli/program.ts';
import type { BridgeConfig } from '../config.ts';
import { loadCredentials } from '../credentials.ts';
import { Activity } from '../daemon/activity.ts';
import { Daemon, type BridgeState } from '../daemon/daemon.ts';
import { PersonPause } from '../daemon/person-pause.ts';
import { clearState, writeState } from '../daemon/state-file.ts';
import { engineView } from '../page/engine-view.ts';
import { engineAddress } from '../engines/engine-address.ts';
import { defaultPolicy } from '../policy.ts';
import { LiveView } from '../page/live-view.ts';
import { StatusPage } from '../page/status-page.ts';
import { printable } from '../printable.ts';
import { runTray } from '../tray/run-tray.ts';
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
  statusPage: boolean;
  statusPort: number;
  tray?: boolean;
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
    .option('--no-status-page', 'serve no status page on this computer')
    .option('--status-port <port>', 'of the status page (default: any free one)', parsePort, 0)
    .option('--tray', "show an icon in the desktop's tray, as cloudtolocalllm tray does")
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
  const policy = defaultPolicy({ allowModelManagement: options.allowModelManagement ?? config.allowModelManagement });
  collectYoungGarbage();
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

  let told = '';
  let untold = false;
  const activity = new Activity();
  const daemon: Daemon = new Daemon({
    account: new Account(config.directory, credentials),
    directory: config.directory,
    engine,
    policy,
    activity,
    name: options.name ?? config.computerName,
    fault: (error) => {
      console.error('The bridge has a fault, and begins a new session:', error);
      activity.trouble('The bridge had a fault: see its output.');
    },
    changed(state, detail) {
      view.changed(state, detail);
      const line = `${styleText(COLOURS[state], state)}  ${printable(detail)}`;
      if (line !== told) console.log((told = line));
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
  const pause = new PersonPause({ directory: config.directory, daemon });
  const view = new LiveView({
    facts: {
      program: { version: VERSION, pid: process.pid, profile: config.profile },
      relay: credentials.relay,
      computer: options.name ?? config.computerName,
    },
    activity,
    policy,
    engines: () => [engineView(engine, daemon.report)],
    pause,
    isPaused: () => daemon.isPaused,
  });
  if (pause.restore()) console.log('Still paused: resume on the status page (cloudtolocalllm status --open)');
  const page = options.statusPage ? await startPage(config, view, options.statusPort) : undefined;
  const tray = options.tray ? showTray(config, stop.signal) : undefined;
  try {
    await daemon.run(stop.signal);
  } finally {
    stop.abort();
    await tray;
    page?.[Symbol.dispose]();
    clearState(config.directory);
  }
}

/** The status page; without it everything else works: a port that is taken is no reason to stay offline. */
async function startPage({ directory }: BridgeConfig, source: LiveView, port: number): Promise<StatusPage | undefined> {
  try {
    const fault = (error: unknown): void => console.error('The status page has a fault:', error);
    return await StatusPage.start({ directory, port, source, fault });
  } catch (error) {
    console.error((error as Error).message); // as: nothing else is thrown
    return undefined;
  }
}

/** Never rejects: without an icon everything else works. */
async function showTray({ directory, environment }: BridgeConfig, signal: AbortSignal): Promise<void> {
  const say = (text: string): void => console.error(text);
  await runTray({ directory, environment, say }, signal).catch((error: unknown) => say((error as Error).message)); // as: nothing else is thrown
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new InvalidArgumentError('It is a number up to 65535.');
  return port;
}
