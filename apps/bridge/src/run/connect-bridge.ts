import { collectYoungGarbage } from '@cloudtolocalllm/protocol';
import { Account } from '../account.ts';
import type { BridgeConfig } from '../config.ts';
import { Daemon } from '../daemon/daemon.ts';
import { engineAddress } from '../engines/engine-address.ts';
import type { BridgeLog } from '../log/bridge-log.ts';
import { describeFault } from '../log/describe-fault.ts';
import { loggedPolicy } from '../log/logged-policy.ts';
import { LivePolicy } from '../policy/live-policy.ts';
import { logExchange } from '../policy/log-exchange.ts';
import { policyPath } from '../policy/policy-file.ts';
import { PolicyFollower } from '../policy/policy-follower.ts';
import { requestLine } from '../policy/request-log.ts';
import { printable } from '../printable.ts';
import { allowedBy, PolicyTeller, writeFirstPolicy } from './policy-teller.ts';
import { StateTeller } from './state-teller.ts';
import { untilSignedIn } from './until-signed-in.ts';

export interface ConnectOptions {
  engineUrl?: string;
  name?: string;
  allowModelManagement?: boolean;
}

/** Puts the bridge together from its parts, and keeps it connected until the signal. Throws BridgeError. */
export async function connectBridge(
  config: BridgeConfig,
  options: ConnectOptions,
  log: BridgeLog,
  signal: AbortSignal,
): Promise<void> {
  const { directory } = config;
  const engine = engineAddress(options.engineUrl ?? config.engineUrl);
  await writeFirstPolicy(policyPath(directory));
  using resources = new DisposableStack();
  const policy = resources.use(new LivePolicy({ allowedBy: allowedBy(options, config) }));
  resources.use(await PolicyFollower.start(policyPath(directory), policy));
  const teller = resources.use(new StateTeller({ directory, policy, log, engine: () => engine.origin }));
  collectYoungGarbage();

  const credentials = await untilSignedIn({ directory, trouble: (text) => teller.tell('offline', text), signal });
  if (!credentials) return;
  const daemon = new Daemon({
    account: new Account(directory, credentials, { notice: (text) => console.error(printable(text)) }),
    directory,
    engine,
    policy: loggedPolicy(policy, log),
    name: options.name ?? config.computerName,
    fault(error) {
      console.error(`The bridge has a fault, and begins a new session: ${describeFault(error)}`);
      log.error('a fault, a new session begins', error);
    },
    observe(request, exchange, accept) {
      const { requests } = policy.report.settings.log;
      if (requests === 'none') return accept(exchange);
      return logExchange(request, exchange, accept, (record) => {
        const line = requestLine(record, requests);
        if (line === undefined) return;
        console.log(line);
        log.limited('info', line);
      });
    },
    changed: (state, detail) => teller.tell(state, detail),
  });
  const policyTeller = new PolicyTeller(policy);
  policyTeller.tell();
  policy.onChange(() => {
    policyTeller.tell();
    daemon.policyChanged();
    teller.tellAgain();
  });
  await daemon.run(signal);
}
