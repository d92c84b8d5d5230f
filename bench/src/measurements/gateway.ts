import type { Bench } from '../bench.ts';
import type { Target } from '../http-client.ts';
import { PLAIN_PREFIX } from '../plain-prefix.ts';
import { processUsage } from '../process-usage.ts';
import { pairRow, type Row } from '../row.ts';
import { percentile } from '../statistics.ts';

const STREAMS = 64;

interface Round {
  waits: Float64Array;
  perSecond: number;
  /** CPU seconds per million tokens, of relay and bridge. */
  cpu: number;
}

/** The same streams by exchanges that are opened without the gateway, and as Ollama's API and OpenAI's ask for them. */
export async function gateway({ client, through, relayPid, bridgePid, settings }: Bench): Promise<Row[]> {
  const ways: { name: string; target: Target; rounds: Round[] }[] = [
    { name: 'plain', target: { ...through, prefix: PLAIN_PREFIX }, rounds: [] },
    { name: '/ollama', target: through, rounds: [] },
    { name: '/v1', target: { ...through, prefix: '', chatPath: '/v1/chat/completions' }, rounds: [] },
  ];
  const tokens = STREAMS * settings.unpacedTokens;
  const cpuSeconds = (): number => processUsage(relayPid).cpuSeconds + processUsage(bridgePid).cpuSeconds;
  for (const { target } of ways) {
    await client.call('firstTokens', target, settings.warmUp);
    await client.call('unpacedStreams', target, STREAMS, Math.ceil(settings.unpacedTokens / 4));
  }
  for (let round = 0; round < settings.rounds; round++) {
    for (const { target, rounds } of ways) {
      const waits = await client.call('firstTokens', target, settings.samples);
      const before = cpuSeconds();
      const seconds = await client.call('unpacedStreams', target, STREAMS, settings.unpacedTokens);
      rounds.push({ waits, perSecond: tokens / seconds, cpu: ((cpuSeconds() - before) / tokens) * 1e6 });
    }
  }
  const direct = ways[0]!.rounds; // the plain one
  return ways.slice(1).flatMap((way) => {
    const name = `gateway ${way.name} beside a plain exchange`;
    const pair = { direct, through: way.rounds };
    return [
      pairRow(`${name}: time to first token, p50`, 'ms', pair, ({ waits }) => percentile(waits, 0.5), { atMost: 1.1 }),
      pairRow(`${name}: tokens/s, ${STREAMS} streams`, 'tokens/s', pair, ({ perSecond }) => perSecond, {
        atLeast: 0.9,
      }),
      pairRow(`${name}: CPU of relay and bridge`, 'CPU-s / M tokens', pair, ({ cpu }) => cpu, { atMost: 1.1 }),
    ];
  });
}
