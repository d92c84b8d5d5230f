import { interleave, type Bench } from '../bench.ts';
import { processUsage } from '../process-usage.ts';
import { pairRow, valueRow, type Row } from '../row.ts';
import { median } from '../statistics.ts';

const STREAMS = 64;

/** Tokens per second of unpaced streams, and what they cost in each process. */
export async function saturation(bench: Bench): Promise<Row[]> {
  const { client, engine, settings } = bench;
  const tokens = STREAMS * settings.unpacedTokens;
  const pids = { relay: bench.relayPid, bridge: bench.bridgePid, client: client.pid, engine: engine.pid };
  type Part = keyof typeof pids;
  const cpu = (): Record<Part, number> => ({
    relay: processUsage(pids.relay).cpuSeconds,
    bridge: processUsage(pids.bridge).cpuSeconds,
    client: processUsage(pids.client).cpuSeconds,
    engine: processUsage(pids.engine).cpuSeconds,
  });
  for (const target of [bench.direct, bench.through]) {
    await client.call('unpacedStreams', target, STREAMS, Math.ceil(settings.unpacedTokens / 4));
  }
  const rounds = await interleave(bench, async (target) => {
    const before = cpu();
    const seconds = await client.call('unpacedStreams', target, STREAMS, settings.unpacedTokens);
    const after = cpu();
    const perMillion = (part: Part): number => ((after[part] - before[part]) / tokens) * 1e6;
    const [relay, bridge] = [perMillion('relay'), perMillion('bridge')];
    return {
      perSecond: tokens / seconds,
      relay,
      bridge,
      both: relay + bridge,
      client: perMillion('client'),
      engine: perMillion('engine'),
    };
  });
  const unit = 'CPU-s / M tokens';
  return [
    pairRow(`tokens/s, ${STREAMS} unpaced streams`, 'tokens/s', rounds, (round) => round.perSecond, {
      atLeast: 0.75,
      aim: 0.9,
    }),
    valueRow('CPU of the relay', unit, median(rounds.through.map((round) => round.relay))),
    valueRow('CPU of the bridge', unit, median(rounds.through.map((round) => round.bridge))),
    valueRow('CPU of relay and bridge', unit, median(rounds.through.map((round) => round.both)), {
      atMost: 12,
      aim: 9,
    }),
    pairRow('CPU of the measuring client', unit, rounds, (round) => round.client),
    pairRow('CPU of the fake engine', unit, rounds, (round) => round.engine),
  ];
}
