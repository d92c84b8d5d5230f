import type { Bench } from '../bench.ts';
import type { Target } from '../http-client.ts';
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

/** The same streams as Ollama's API asks for them and as OpenAI's does, where the model says which bridge it is. */
export async function gateway({ client, through, relayPid, bridgePid, settings }: Bench): Promise<Row[]> {
  const openai: Target = { ...through, prefix: '', chatPath: '/v1/chat/completions' };
  const tokens = STREAMS * settings.unpacedTokens;
  const cpuSeconds = (): number => processUsage(relayPid).cpuSeconds + processUsage(bridgePid).cpuSeconds;
  for (const target of [through, openai]) {
    await client.call('firstTokens', target, settings.warmUp);
    await client.call('unpacedStreams', target, STREAMS, Math.ceil(settings.unpacedTokens / 4));
  }
  const rounds: { direct: Round[]; through: Round[] } = { direct: [], through: [] };
  for (let round = 0; round < settings.rounds; round++) {
    for (const [way, target] of [
      ['direct', through],
      ['through', openai],
    ] as const) {
      const waits = await client.call('firstTokens', target, settings.samples);
      const before = cpuSeconds();
      const seconds = await client.call('unpacedStreams', target, STREAMS, settings.unpacedTokens);
      rounds[way].push({ waits, perSecond: tokens / seconds, cpu: ((cpuSeconds() - before) / tokens) * 1e6 });
    }
  }
  const name = 'gateway /v1 beside /ollama';
  return [
    pairRow(`${name}: time to first token, p50`, 'ms', rounds, ({ waits }) => percentile(waits, 0.5), { atMost: 1.1 }),
    pairRow(`${name}: tokens/s, ${STREAMS} streams`, 'tokens/s', rounds, ({ perSecond }) => perSecond, {
      atLeast: 0.9,
    }),
    pairRow(`${name}: CPU of relay and bridge`, 'CPU-s / M tokens', rounds, ({ cpu }) => cpu, { atMost: 1.1 }),
  ];
}
