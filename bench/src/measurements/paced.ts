import { interleave, type Bench } from '../bench.ts';
import { pairRow, type Row } from '../row.ts';
import { percentile } from '../statistics.ts';

const TOKENS_PER_SECOND = 50;
const STREAMS = [1, 50, 200];
/** The number of streams that the issue has a goal for. */
const GOAL_STREAMS = 200;

/** From the engine's write of a token to its arrival, with streams at the pace of a good graphics card. */
export async function paced(bench: Bench): Promise<Row[]> {
  const { client, settings } = bench;
  const tokens = settings.pacedSeconds * TOKENS_PER_SECOND;
  const rows: Row[] = [];
  for (const streams of STREAMS) {
    for (const target of [bench.direct, bench.through])
      await client.call('pacedStreams', target, streams, TOKENS_PER_SECOND, TOKENS_PER_SECOND);
    const delays = await interleave(bench, (target) =>
      client.call('pacedStreams', target, streams, tokens, TOKENS_PER_SECOND),
    );
    const name = `delay per token, ${streams} x ${TOKENS_PER_SECOND}/s`;
    const goal = streams === GOAL_STREAMS ? { atMost: 5, aim: 3 } : undefined;
    rows.push(
      pairRow(`${name}, p50`, 'ms', delays, (round) => percentile(round, 0.5), goal),
      pairRow(`${name}, p99`, 'ms', delays, (round) => percentile(round, 0.99), goal),
    );
  }
  return rows;
}
