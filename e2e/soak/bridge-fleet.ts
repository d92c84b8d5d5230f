// Many bridges in one process, each the daemon that a person runs: a process for each would cost 60 MB.
import { join } from 'node:path';
import { Account } from '../../apps/bridge/src/account.ts';
import { Activity } from '../../apps/bridge/src/daemon/activity.ts';
import { Daemon } from '../../apps/bridge/src/daemon/daemon.ts';
import { defaultPolicy } from '../../apps/bridge/src/policy.ts';
import { saveCredentials, type Credentials } from '../../apps/bridge/src/credentials.ts';
import { serveCalls } from '../../bench/src/remote-process.ts';
import { EngineTap } from './engine-tap.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

export interface NewBridge {
  /** Where all bridges keep what they keep, each in a folder of its name. */
  directory: string;
  relay: string;
  issuer: string;
  token: string;
  name: string;
}

interface Bridge {
  directory: string;
  credentials: Credentials;
  name: string;
  stop: AbortController | undefined;
  ended: Promise<void>;
}

const bridges: Bridge[] = [];
const faults: string[] = [];
let tap: EngineTap | undefined;
let engine: URL | undefined;

/** Runs one bridge until it is put to sleep; resolves when it is online for the first time. */
function wake(bridge: Bridge): Promise<void> {
  const online = Promise.withResolvers<void>();
  const stop = new AbortController();
  bridge.stop = stop;
  const daemon = new Daemon({
    account: new Account(bridge.directory, bridge.credentials),
    directory: bridge.directory,
    engines: { engines: [{ url: engine! }], discover: false }, // begun before any bridge
    policy: defaultPolicy(),
    activity: new Activity(),
    name: bridge.name,
    fault: (error) => void faults.push(String(error)),
    changed(state) {
      if (state === 'online') online.resolve();
    },
  });
  bridge.ended = daemon.run(stop.signal).catch((error: unknown) => {
    faults.push(`${bridge.name}: ${String(error)}`);
    online.reject(error);
  });
  online.promise.catch(() => {});
  return online.promise;
}

const calls = {
  /** Before all: where the engine is. */
  async begin(address: string): Promise<void> {
    tap = new EngineTap(new URL(address));
    engine = await tap.listen();
  },

  /** Registers a bridge and waits until it is online; returns its index. */
  async add({ directory, relay, issuer, token, name }: NewBridge): Promise<number> {
    const credentials: Credentials = {
      relay,
      clientId: crypto.randomUUID(),
      issuer,
      oidcClientId: 'soak',
      accessToken: token,
      accessTokenExpires: Date.now() + DAY_MS,
    };
    const own = join(directory, name);
    await saveCredentials(own, credentials);
    const bridge = { directory: own, credentials, name, stop: undefined, ended: Promise.resolve() };
    const index = bridges.push(bridge) - 1;
    await wake(bridge);
    return index;
  },

  /** Ends bridges as their owners would. */
  async sleep(indexes: readonly number[]): Promise<void> {
    await Promise.all(
      indexes.map((index) => {
        const bridge = bridges[index]!; // an index that `add` returned
        bridge.stop?.abort();
        return bridge.ended;
      }),
    );
  },

  /** Starts them again; they come online by themselves. */
  wake(indexes: readonly number[]): void {
    for (const index of indexes) void wake(bridges[index]!); // as above
  },

  /** How often the engine was asked each question, and what went wrong in the bridges. */
  report: (): { asked: [string, number][]; faults: string[] } => ({ asked: [...(tap?.asked ?? [])], faults }),
};
export type FleetCalls = typeof calls;

serveCalls(calls);
