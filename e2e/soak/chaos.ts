import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '@cloudtolocalllm/protocol/testing/seeded-random.ts';
import type { TcpProxy } from '../support/tcp-proxy.ts';
import type { RemoteProcess } from '../../bench/src/remote-process.ts';
import type { FleetCalls } from './bridge-fleet.ts';
import type { SoakOptions } from './soak-options.ts';

/** How long bridges sleep, at the least and at the most. */
const NAP_MS = [2_000, 6_000] as const;

export interface ChaosOptions extends SoakOptions {
  random: Random;
  bridgeProxy: TcpProxy;
  clientProxy: TcpProxy;
  fleet: RemoteProcess<FleetCalls>;
  /** Of each user, the indexes of their bridges in the fleet. */
  bridgesOf: readonly (readonly number[])[];
  /** Kills the relay and starts it again. */
  restartRelay: () => Promise<void>;
}

/** Does harm until the signal: cuts sockets, puts bridges to sleep, kills the relay once in the middle. */
export async function doHarm(options: ChaosOptions, signal: AbortSignal): Promise<{ naps: number }> {
  const { random, bridgeProxy, clientProxy, fleet, bridgesOf, restartRelay, seconds } = options;
  let naps = 0;
  const every = async (ms: number, harm: () => Promise<void> | void): Promise<void> => {
    while (!signal.aborted) {
      await sleep(ms / 2 + random.below(ms), undefined, { signal }).catch(() => {});
      if (!signal.aborted) await harm();
    }
  };
  await Promise.all([
    every(options.bridgeCutMs, () => bridgeProxy.cutOne((count) => random.below(count))),
    every(options.clientCutMs, () => clientProxy.cutOne((count) => random.below(count))),
    every(options.napMs, async () => {
      const bridges = random.pick(bridgesOf);
      naps++;
      await fleet.call('sleep', bridges);
      await sleep(NAP_MS[0] + random.below(NAP_MS[1] - NAP_MS[0]));
      await fleet.call('wake', bridges);
    }),
    sleep(seconds * 500, undefined, { signal }).then(restartRelay, () => {}),
  ]);
  return { naps };
}
