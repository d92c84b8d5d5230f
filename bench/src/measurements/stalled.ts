import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from '../bench.ts';
import type { Target } from '../http-client.ts';
import { processUsage } from '../process-usage.ts';
import { pairRow, valueRow, type Row } from '../row.ts';
import { percentile } from '../statistics.ts';

const MB = 1024 * 1024;
const STALLED = 200;
/** Long lines: what the system buffers per socket is full after seconds, and the rest is up to relay and bridge. */
const LINE_BYTES = 8192;
const OTHERS = 20;
const TOKENS_PER_SECOND = 50;
const FILL_MS = 60_000;
const LOOK_MS = 100;
const QUIET_LOOKS = 20;

/** In bytes. */
export interface Growth {
  relay: number;
  bridge: number;
}

/** Clients that stop reading in mid-answer, and what that does to memory and to everybody else. */
export async function stalled(bench: Bench): Promise<Row[]> {
  const direct = await duringStall(bench, bench.direct);
  const { growth, delays: through } = await stallThrough(bench);
  const delays = { direct: [direct], through: [through] };
  const name = `delay of ${OTHERS} others, ${STALLED} stalled`;
  return [
    valueRow(`memory growth of the relay, ${STALLED} stalled`, 'MB', growth.relay / MB, { atMost: 64 }),
    valueRow(`memory growth of the bridge, ${STALLED} stalled`, 'MB', growth.bridge / MB, { atMost: 64 }),
    pairRow(`${name}, p50`, 'ms', delays, (round) => percentile(round, 0.5)),
    pairRow(`${name}, p99`, 'ms', delays, (round) => percentile(round, 0.99)),
  ];
}

/** Stalls clients of relay and bridge: what those grow by meanwhile, and the delays of other streams' tokens. */
export async function stallThrough(bench: Omit<Bench, 'direct'>): Promise<{ growth: Growth; delays: Float64Array }> {
  const { growth, result } = await watchMemory(bench, () => duringStall(bench, bench.through));
  return { growth, delays: result };
}

/** Stalls clients on this path until the engine itself is blocked; returns the delays of the other streams' tokens then. */
async function duringStall({ client, engine, settings }: Omit<Bench, 'direct'>, target: Target): Promise<Float64Array> {
  await client.call('pacedStreams', target, OTHERS, TOKENS_PER_SECOND, TOKENS_PER_SECOND);
  await client.call('stall', target, STALLED, LINE_BYTES);
  await untilBlocked(engine);
  const delays = await client.call(
    'pacedStreams',
    target,
    OTHERS,
    settings.stallSeconds * TOKENS_PER_SECOND,
    TOKENS_PER_SECOND,
  );
  await client.call('letStalledGo');
  while ((await engine.call('blocked')) > 0) await sleep(LOOK_MS);
  return delays;
}

/** Waits until nothing moves any more: all are blocked, and stay so. */
async function untilBlocked(engine: Bench['engine']): Promise<void> {
  const deadline = performance.now() + FILL_MS;
  for (let quiet = 0; quiet < QUIET_LOOKS; quiet++) {
    const blocked = await engine.call('blocked');
    if (blocked < STALLED) quiet = 0;
    if (performance.now() > deadline)
      throw new Error(`Only ${blocked} of ${STALLED} stalled answers reached the engine`);
    await sleep(LOOK_MS);
  }
}

/** The most that the resident memory of relay and bridge grew while something ran, in bytes. */
async function watchMemory<Result>(
  { relayPid, bridgePid }: Pick<Bench, 'relayPid' | 'bridgePid'>,
  run: () => Promise<Result>,
): Promise<{ growth: Growth; result: Result }> {
  const resident = (): Growth => ({
    relay: processUsage(relayPid).residentBytes,
    bridge: processUsage(bridgePid).residentBytes,
  });
  const before = resident();
  const growth = { relay: 0, bridge: 0 };
  const look = (): void => {
    const now = resident();
    growth.relay = Math.max(growth.relay, now.relay - before.relay);
    growth.bridge = Math.max(growth.bridge, now.bridge - before.bridge);
  };
  const timer = setInterval(look, 500);
  try {
    const result = await run();
    look();
    return { growth, result };
  } finally {
    clearInterval(timer);
  }
}
