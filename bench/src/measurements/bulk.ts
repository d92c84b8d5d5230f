import { interleave, type Bench } from '../bench.ts';
import { processUsage } from '../process-usage.ts';
import { pairRow, valueRow, type Row } from '../row.ts';
import { median } from '../statistics.ts';

const BODIES_PER_GB = 16;
/** Of one body the system's clock, which ticks in 10 ms, would tell too little. */
const BODIES = 4;
/** A relay runs for months: what its first bodies cost, while its code is compiled, is not what is asked. */
const WARM_UP_BODIES = 12;

/** MB/s of a 64 MB body each way, and what it costs relay and bridge. */
export async function bulk(bench: Bench): Promise<Row[]> {
  const cpu = (): number => processUsage(bench.relayPid).cpuSeconds + processUsage(bench.bridgePid).cpuSeconds;
  const rows: Row[] = [];
  for (const way of ['upload', 'download'] as const) {
    for (let body = 0; body < WARM_UP_BODIES; body++) {
      for (const target of [bench.direct, bench.through]) await bench.client.call(way, target);
    }
    const rounds = await interleave(bench, async (target) => {
      const before = cpu();
      const speeds: number[] = [];
      for (let body = 0; body < BODIES; body++) speeds.push(await bench.client.call(way, target));
      return { speed: median(speeds), cpu: ((cpu() - before) / BODIES) * BODIES_PER_GB };
    });
    const name = way === 'upload' ? '64 MB to the engine' : '64 MB from the engine';
    rows.push(
      pairRow(name, 'MB/s', rounds, (round) => round.speed, { atLeast: 0.25, aim: 0.33 }),
      valueRow(`${name}, relay and bridge`, 'CPU-s / GB', median(rounds.through.map((round) => round.cpu))),
    );
  }
  return rows;
}
