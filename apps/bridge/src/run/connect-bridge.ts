import { collectYoungGarbage } from '@cloudtolocalllm/protocol';
import { Account } from '../account.ts';
import type { BridgeConfig } from '../config.ts';
import { Activity } from '../daemon/activity.ts';
import { Daemon } from '../daemon/daemon.ts';
import type { StateRest } from '../daemon/state-record.ts';
import { PersonPause } from '../daemon/person-pause.ts';
import { chosenEngines } from '../engines/chosen-engines.ts';
import type { EngineRow } from '../engines/engine-rows.ts';
import type { BridgeLog } from '../log/bridge-log.ts';
import { describeFault } from '../log/describe-fault.ts';
import { loggedPolicy } from '../log/logged-policy.ts';
import { LiveView } from '../page/live-view.ts';
import { describePolicy } from '../policy/describe-policy.ts';
import { LivePolicy } from '../policy/live-policy.ts';
import { policyPath } from '../policy/policy-file.ts';
import { PolicyFollower } from '../policy/policy-follower.ts';
import { printable } from '../printable.ts';
import { renewInChild } from '../renewal/renew-in-child.ts';
import { watchForUpdates } from '../update/watch-for-updates.ts';
import { VERSION } from '../version.ts';
import { allowedBy, keepToPolicy, writeFirstPolicy } from './keep-to-policy.ts';
import { followEngineFile } from './follow-engine-file.ts';
import { logRequests } from './log-requests.ts';
import { startPage } from './start-page.ts';
import { showTray } from './show-tray.ts';
import { StateTeller } from './state-teller.ts';
import { untilSignedIn } from './until-signed-in.ts';

export interface ConnectOptions {
  engineUrl?: string[];
  name?: string;
  allowModelManagement?: boolean;
  updateCheck: boolean;
  statusPage: boolean;
  statusPort: number;
  tray?: boolean;
}

/** Puts the bridge together from its parts, and keeps it connected until the signal. Throws BridgeError. */
export async function connectBridge(
  config: BridgeConfig,
  options: ConnectOptions,
  log: BridgeLog,
  signal: AbortSignal,
): Promise<void> {
  const { directory, profile } = config;
  const { choice, by } = await chosenEngines(config, options.engineUrl);
  const name = options.name ?? config.computerName;
  await writeFirstPolicy(policyPath(directory));
  using resources = new DisposableStack();
  const policy = resources.use(new LivePolicy({ allowedBy: allowedBy(options, config) }));
  resources.use(await PolicyFollower.start(policyPath(directory), policy));
  let engines = (): EngineRow[] => [];
  const rest = (): StateRest => ({
    engine:
      engines()
        .map(({ address }) => address)
        .join(', ') || 'none was found',
    engines: engines(),
    mayManageModels: policy.mayManageModels,
    policy: policy.report,
  });
  const teller = resources.use(new StateTeller({ directory, log, rest }));
  collectYoungGarbage();

  const credentials = await untilSignedIn({ directory, trouble: (text) => teller.tell('offline', text), signal });
  if (!credentials) return;
  const activity = new Activity();
  logRequests(activity, policy, log);
  const daemon: Daemon = new Daemon({
    account: new Account(directory, credentials, {
      notice: (text) => console.error(printable(text)),
      renew: renewInChild,
    }),
    directory,
    engines: choice,
    policy: loggedPolicy(policy, log),
    activity,
    name,
    fault(error) {
      const message = `The bridge has a fault, and begins a new session: ${describeFault(error)}`;
      console.error(message);
      log.limited('fault', 'error', message);
      activity.trouble('The bridge had a fault: cloudtolocalllm logs says which.');
    },
    changed(state, detail) {
      view.changed(state, detail);
      teller.tell(state, detail);
    },
    countsChanged: () => teller.countsChanged(),
  });
  engines = () => daemon.engines;
  const pause = new PersonPause({ directory, daemon });
  const view: LiveView = new LiveView({
    facts: { program: { version: VERSION, pid: process.pid, profile }, relay: credentials.relay, computer: name },
    activity,
    policy: () => describePolicy(policy.report).map(([what, words]) => `${what}: ${words}`),
    engines: () => engines(),
    pause,
    isPaused: () => daemon.isPaused,
  });
  if (pause.restore()) console.log('Still paused: resume on the status page (cloudtolocalllm status --open)');
  keepToPolicy(daemon, policy);
  resources.use(followEngineFile(directory, by, daemon));
  if (options.statusPage) resources.use(await startPage({ directory, port: options.statusPort, source: view, log }));
  if (options.tray) resources.use(showTray(config));
  if (options.updateCheck && config.checkForUpdates) {
    watchForUpdates({ relay: credentials.relay, directory, tell: (line) => console.log(line), signal });
  }
  await daemon.run(signal);
}
