import { setTimeout as sleep } from 'node:timers/promises';
import { Stack } from '../../../dev/src/stack.ts';
import type { FakeOllamaCalls } from '../fake-ollama.ts';
import { processUsage } from '../process-usage.ts';
import { RemoteProcess } from '../remote-process.ts';
import { valueRow, type Row } from '../row.ts';
import type { Settings } from '../settings.ts';

const MB = 1024 * 1024;
/** Issue 7: a program that is always there must not be felt. */
const GOAL = { residentMb: 80, percentOfCore: 0.1 };

/** V8 clears up after the start some 10 s after it, once: that is no part of being idle, however short the measurement. */
const SETTLE_SECONDS = 20;

export interface BridgeIdleOptions {
  dataDir: string;
  /** The bridge's main file as it is installed, which is bundled. */
  bridgeMain: string;
}

/** What the bridge costs its computer while it is connected, its engine is there, and nobody asks anything. */
export async function bridgeIdle(
  { settleSeconds, bridgeIdleSeconds }: Settings,
  { dataDir, bridgeMain }: BridgeIdleOptions,
): Promise<Row[]> {
  await using engine = new RemoteProcess<FakeOllamaCalls>(new URL('../fake-ollama.ts', import.meta.url));
  const origin = `http://127.0.0.1:${await engine.call('listen')}`;
  await using stack = await Stack.start({ dataDir, engine: new URL(origin), bridgeMain });
  const pid = stack.bridge!.process.pid!; // it was started, and runs
  await sleep(Math.max(settleSeconds, SETTLE_SECONDS) * 1000);
  const before = processUsage(pid);
  await sleep(bridgeIdleSeconds * 1000);
  const after = processUsage(pid);
  const percent = ((after.cpuSeconds - before.cpuSeconds) / bridgeIdleSeconds) * 100;
  return [
    valueRow('bridge idle, resident memory', 'MB', after.residentBytes / MB, { atMost: GOAL.residentMb }),
    valueRow('bridge idle, its own share of it', 'MB', after.ownBytes / MB),
    valueRow('bridge idle, CPU', '% of a core', percent, { atMost: GOAL.percentOfCore }),
  ];
}
