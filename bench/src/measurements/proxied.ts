import type { Bench } from '../bench.ts';
import { processUsage } from '../process-usage.ts';
import { createProxy, endProxy, workersOf } from '../proxy-calls.ts';
import { pairRow, valueRow, type Row } from '../row.ts';
import { median, percentile } from '../statistics.ts';

const STREAMS = 64;
const PACED_STREAMS = 200;
const TOKENS_PER_SECOND = 50;

interface Round {
  waits: Float64Array;
  delays: Float64Array;
  perSecond: number;
  /** CPU seconds per million tokens, of relay, bridge and the processes of proxies. */
  cpu: number;
}

/** The same streams through the gateway and through a proxy, one after the other in each round. */
export async function proxied(bench: Bench): Promise<Row[]> {
  const { client, through, relayPid, bridgePid, settings } = bench;
  const made = await createProxy(through, { lifetime: 7200, timeout: 7200, maxCpu: '2', maxMemory: '1GB' });
  const proxy = {
    origin: through.origin,
    prefix: new URL(made.endpoint).pathname,
    headers: { authorization: `Bearer ${made.credentials.token}` },
  };
  const tokens = STREAMS * settings.unpacedTokens;
  const pacedTokens = settings.pacedSeconds * TOKENS_PER_SECOND;
  const cpuSeconds = (): number =>
    [relayPid, bridgePid, ...workersOf(relayPid)].reduce((sum, pid) => sum + processUsage(pid).cpuSeconds, 0);

  for (const target of [through, proxy]) {
    await client.call('firstTokens', target, settings.warmUp);
    await client.call('unpacedStreams', target, STREAMS, Math.ceil(settings.unpacedTokens / 4));
  }
  const rounds: { direct: Round[]; through: Round[] } = { direct: [], through: [] };
  for (let round = 0; round < settings.rounds; round++) {
    for (const [way, target] of [
      ['direct', through],
      ['through', proxy],
    ] as const) {
      const waits = await client.call('firstTokens', target, settings.samples);
      const delays = await client.call('pacedStreams', target, PACED_STREAMS, pacedTokens, TOKENS_PER_SECOND);
      const before = cpuSeconds();
      const seconds = await client.call('unpacedStreams', target, STREAMS, settings.unpacedTokens);
      const cpu = ((cpuSeconds() - before) / tokens) * 1e6;
      rounds[way].push({ waits, delays, perSecond: tokens / seconds, cpu });
    }
  }
  await endProxy(through, made.proxyId);
  const paced = `proxy beside gateway: delay per token, ${PACED_STREAMS} x ${TOKENS_PER_SECOND}/s`;
  return [
    pairRow('proxy beside gateway: time to first token, p50', 'ms', rounds, ({ waits }) => percentile(waits, 0.5)),
    pairRow(`${paced}, p50`, 'ms', rounds, ({ delays }) => percentile(delays, 0.5)),
    pairRow(`${paced}, p99`, 'ms', rounds, ({ delays }) => percentile(delays, 0.99)),
    pairRow(`proxy beside gateway: tokens/s, ${STREAMS} streams`, 'tokens/s', rounds, ({ perSecond }) => perSecond),
    pairRow('proxy beside gateway: CPU of all processes', 'CPU-s / M tokens', rounds, ({ cpu }) => cpu, {
      atMost: 1.5,
    }),
  ];
}

const CREATED = 50;
/** For the pool to be full again: what is measured is making one from it. */
const REFILL_MS = 300;
const AT_ONCE = 200;
const MB = 1024 * 1024;

/** Making proxies from a warm pool, and what many of them take at once. */
export async function manyProxies({ through, relayPid }: Bench): Promise<Row[]> {
  const waits: number[] = [];
  for (let count = 0; count < CREATED; count++) {
    await new Promise((resolve) => setTimeout(resolve, REFILL_MS));
    const since = performance.now();
    const { proxyId } = await createProxy(through, {});
    waits.push(performance.now() - since);
    await endProxy(through, proxyId);
  }
  const ids: string[] = [];
  while (ids.length < AT_ONCE) ids.push((await createProxy(through, {})).proxyId);
  const workers = workersOf(relayPid);
  const ownBytes = workers.reduce((sum, pid) => sum + processUsage(pid).ownBytes, 0);
  const relayBytes = processUsage(relayPid).ownBytes;
  for (const proxyId of ids) await endProxy(through, proxyId);
  return [
    valueRow('making a proxy with a warm pool, p50', 'ms', median(waits), { atMost: 50 }),
    valueRow(`${AT_ONCE} proxies at once: memory of all processes and the relay`, 'MB', (ownBytes + relayBytes) / MB, {
      atMost: 4096,
    }),
    valueRow('of one proxy, idle', 'MB', ownBytes / workers.length / MB),
  ];
}
