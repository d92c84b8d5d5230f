import { join } from 'node:path';
import type { Checkout } from './checkout.ts';
import type { ClientCalls } from './client.ts';
import type { FakeOllamaCalls } from './fake-ollama.ts';
import { idleCost } from './measurements/idle.ts';
import { stallThrough } from './measurements/stalled.ts';
import { expectNoneRefused } from './refused-in-log.ts';
import { RelayProcess } from './relay-process.ts';
import type { RemoteProcess } from './remote-process.ts';
import { type FigureKinds, type Figures, toSide } from './running-figures.ts';
import type { Settings } from './settings.ts';

const MB = 1024 * 1024;

/** What starts, of one side. */
export interface Contestant {
  checkout: Checkout;
  relayEnv: NodeJS.ProcessEnv;
}

/** What a run of them is made with. */
export interface Bed {
  client: RemoteProcess<ClientCalls>;
  engine: RemoteProcess<FakeOllamaCalls>;
  engineUrl: URL;
  settings: Settings;
  /** New for every run. */
  dataDir: string;
}

interface Measurement {
  figures: FigureKinds;
  run(contestant: Contestant, bed: Bed): Promise<Figures>;
}

/** What is measured on processes that have just started: those that once needed memory keep it. */
export const FRESH_FIGURES: Readonly<Record<string, Measurement>> = {
  stalled: {
    figures: {
      'memory growth of the relay, 200 stalled': ['MB', 'less'],
      'memory growth of the bridge, 200 stalled': ['MB', 'less'],
    },
    run: runStalled,
  },
  idle: {
    figures: { 'memory of an idle bridge': ['KB', 'less'] },
    run: async (contestant, bed) => ({ 'memory of an idle bridge': await idleKilobytes(contestant, bed, false) }),
  },
  'idle-tls': {
    figures: { 'memory of an idle bridge, with TLS': ['KB', 'less'] },
    run: async (contestant, bed) => ({
      'memory of an idle bridge, with TLS': await idleKilobytes(contestant, bed, true),
    }),
  },
};

async function runStalled({ checkout, relayEnv }: Contestant, bed: Bed): Promise<Figures> {
  const { client, engine, engineUrl, settings, dataDir } = bed;
  const figures = async (): Promise<Figures> => {
    await using stack = await checkout.Stack.start({ dataDir, engine: engineUrl, relayEnv });
    const { engine: through } = await toSide(stack);
    const [relayPid, bridgePid] = [stack.relay.process.pid!, stack.bridge!.process.pid!]; // they run
    const { growth } = await stallThrough({ client, engine, through, relayPid, bridgePid, settings });
    return {
      'memory growth of the relay, 200 stalled': growth.relay / MB,
      'memory growth of the bridge, 200 stalled': growth.bridge / MB,
    };
  };
  const result = await figures();
  await expectNoneRefused(join(dataDir, 'logs/relay.log'));
  return result;
}

async function idleKilobytes(
  { checkout: { relayMain }, relayEnv }: Contestant,
  { settings, dataDir }: Bed,
  tls: boolean,
): Promise<number> {
  await using relay = await RelayProcess.create(dataDir, { tls, relayMain, relayEnv, collects: true });
  const { bytesEach, lost } = await idleCost(relay, settings);
  if (lost > 0) throw new Error(`Cannot use these figures: ${lost} idle bridges lost their connection`);
  return bytesEach / 1024;
}
