import { interleave, type Bench } from '../bench.ts';
import { processUsage } from '../process-usage.ts';
import { pairRow, valueRow, type Row } from '../row.ts';
import { median, percentile } from '../statistics.ts';

/** Time to first token at one stream, one request after another, and what a short request costs. */
export async function firstToken(bench: Bench): Promise<Row[]> {
  const { client, settings } = bench;
  const cpu = (pid: number): number => processUsage(pid).cpuSeconds;
  for (const target of [bench.direct, bench.through]) await client.call('firstTokens', target, settings.warmUp);
  const rounds = await interleave(bench, async (target) => {
    const [relay, bridge] = [cpu(bench.relayPid), cpu(bench.bridgePid)];
    const waits = await client.call('firstTokens', target, settings.samples);
    const perRequest = (seconds: number): number => (seconds / settings.samples) * 1000;
    return { waits, relay: perRequest(cpu(bench.relayPid) - relay), bridge: perRequest(cpu(bench.bridgePid) - bridge) };
  });
  return [
    pairRow('time to first token, p50', 'ms', rounds, (round) => percentile(round.waits, 0.5), { atMost: 4, aim: 3 }),
    pairRow('time to first token, p99', 'ms', rounds, (round) => percentile(round.waits, 0.99)),
    valueRow('CPU of the relay, short request', 'CPU-ms', median(rounds.through.map((round) => round.relay))),
    valueRow('CPU of the bridge, short request', 'CPU-ms', median(rounds.through.map((round) => round.bridge))),
  ];
}
