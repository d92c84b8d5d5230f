import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import { Stack } from '../../dev/src/stack.ts';
import { type Change, judge, orderOf, TOLERANCE } from './change.ts';
import type { ClientCalls } from './client.ts';
import type { FakeOllamaCalls } from './fake-ollama.ts';
import type { Target } from './http-client.ts';
import { processUsage } from './process-usage.ts';
import { RAISED_LIMITS } from './raised-limits.ts';
import { RemoteProcess } from './remote-process.ts';
import { percentile } from './statistics.ts';

const USAGE = `npm run bench:against -- DIR [--rounds N] [--quick]
  DIR is another checkout of this project, with its node_modules: relay and bridge run from both, in turns.`;

const MB = 1024 * 1024;
const STREAMS = 64;
const BODIES = 4;
const BODIES_PER_GB = 16;

/** Relay and bridge of one checkout, and the ways to them. */
interface Side {
  engine: Target;
  relay: Target;
  cpu(): number;
  residentMb(): number;
}
type Client = RemoteProcess<ClientCalls>;
type Figures = Record<string, number>;

interface Measurement {
  /** Name, unit and which way is better, of each figure that `run` gives. */
  figures: Record<string, [unit: string, better: Change['better']]>;
  run(client: Client, side: Side, scale: number): Promise<Figures>;
}

const MEASUREMENTS: Record<string, Measurement> = {
  requests: {
    figures: { 'GET /api/me, p50': ['ms', 'less'], 'CPU per request': ['CPU-ms', 'less'] },
    async run(client, side, scale) {
      const count = 4000 * scale;
      const before = side.cpu();
      const waits = await client.call('requests', side.relay, '/api/me', count);
      return {
        'GET /api/me, p50': percentile(waits, 0.5),
        'CPU per request': ((side.cpu() - before) / count) * 1000,
      };
    },
  },
  ttft: {
    figures: { 'time to first token, p50': ['ms', 'less'], 'CPU per short answer': ['CPU-ms', 'less'] },
    async run(client, side, scale) {
      const count = 1500 * scale;
      const before = side.cpu();
      const waits = await client.call('firstTokens', side.engine, count);
      return {
        'time to first token, p50': percentile(waits, 0.5),
        'CPU per short answer': ((side.cpu() - before) / count) * 1000,
      };
    },
  },
  paced: {
    figures: { 'delay per token, 200 x 50/s, p50': ['ms', 'less'], 'delay per token, 200 x 50/s, p99': ['ms', 'less'] },
    async run(client, side, scale) {
      const delays = await client.call('pacedStreams', side.engine, 200, 400 * scale, 50);
      return {
        'delay per token, 200 x 50/s, p50': percentile(delays, 0.5),
        'delay per token, 200 x 50/s, p99': percentile(delays, 0.99),
      };
    },
  },
  saturation: {
    figures: { 'tokens/s, 64 unpaced streams': ['tokens/s', 'more'], 'CPU per million tokens': ['CPU-s', 'less'] },
    async run(client, side, scale) {
      const each = 12_000 * scale;
      const before = side.cpu();
      const seconds = await client.call('unpacedStreams', side.engine, STREAMS, each);
      return {
        'tokens/s, 64 unpaced streams': (STREAMS * each) / seconds,
        'CPU per million tokens': ((side.cpu() - before) / (STREAMS * each)) * 1e6,
      };
    },
  },
  bulk: {
    figures: {
      '64 MB to the engine': ['MB/s', 'more'],
      '64 MB from the engine': ['MB/s', 'more'],
      'CPU per GB each way': ['CPU-s', 'less'],
    },
    async run(client, side) {
      const before = side.cpu();
      const speeds = { upload: 0, download: 0 };
      for (const way of ['upload', 'download'] as const) {
        for (let body = 0; body < BODIES; body++) speeds[way] += (await client.call(way, side.engine)) / BODIES;
      }
      return {
        '64 MB to the engine': speeds.upload,
        '64 MB from the engine': speeds.download,
        'CPU per GB each way': ((side.cpu() - before) / BODIES / 2) * BODIES_PER_GB,
      };
    },
  },
  memory: {
    figures: { 'resident memory, relay and bridge': ['MB', 'less'] },
    run: async (_client, side) => ({ 'resident memory, relay and bridge': side.residentMb() }),
  },
};

async function toSide(stack: Stack): Promise<Side> {
  const { accessToken } = await stack.tokens();
  const headers = { authorization: `Bearer ${accessToken}` };
  const pids = [stack.relay.process.pid!, stack.bridge!.process.pid!]; // they run
  const sum = (of: (usage: ReturnType<typeof processUsage>) => number): number =>
    pids.reduce((total, pid) => total + of(processUsage(pid)), 0);
  return {
    engine: { origin: stack.url, prefix: '/ollama', headers },
    relay: { origin: stack.url, prefix: '', headers },
    cpu: () => sum(({ cpuSeconds }) => cpuSeconds),
    residentMb: () => sum(({ residentBytes }) => residentBytes) / MB,
  };
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { rounds: { type: 'string' }, quick: { type: 'boolean' } },
    allowPositionals: true,
  });
  const rounds = Number(values.rounds ?? (values.quick ? 2 : 7));
  const scale = values.quick ? 0.25 : 1;
  const [directory] = positionals;
  if (directory === undefined || !(Number.isInteger(rounds) && rounds > 0)) {
    console.error(USAGE);
    process.exitCode = 2;
    return;
  }
  const other = pathToFileURL(join(resolve(directory), 'dev/src/stack.ts')).href;
  const { Stack: OtherStack } = (await import(other)) as { Stack: typeof Stack }; // as: the same module, another day
  const folder = await mkdtemp(join(tmpdir(), 'c2l-bench-'));
  try {
    await using engine = new RemoteProcess<FakeOllamaCalls>(new URL('fake-ollama.ts', import.meta.url));
    await using client = new RemoteProcess<ClientCalls>(new URL('client.ts', import.meta.url));
    const url = new URL(`http://127.0.0.1:${await engine.call('listen')}`);
    const start = (of: typeof Stack, name: string): Promise<Stack> =>
      of.start({ dataDir: join(folder, name), engine: url, relayEnv: { ...RAISED_LIMITS } });
    await using before = await start(OtherStack, 'before');
    await using now = await start(Stack, 'now');
    const sides = { before: await toSide(before), now: await toSide(now) };
    const changes: Change[] = [];
    for (const [name, { figures, run }] of Object.entries(MEASUREMENTS)) {
      console.error(`${name} …`);
      const results: Record<'before' | 'now', Figures[]> = { before: [], now: [] };
      for (let round = -1; round < rounds; round++) {
        for (const side of orderOf(Math.abs(round))) {
          const figure = await run(client, sides[side], scale);
          // The first round warms both up.
          if (round >= 0) results[side].push(figure);
        }
      }
      for (const [figure, [unit, better]] of Object.entries(figures)) {
        const pick = (side: 'before' | 'now'): number[] => results[side].map((result) => result[figure] ?? NaN);
        changes.push({ name: figure, unit, better, before: pick('before'), now: pick('now') });
      }
    }
    for (const change of changes) console.log(line(change));
    console.log(`\nMedians of ${rounds} rounds in turns; worse = by more than ${TOLERANCE * 100} %.`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function line(change: Change): string {
  const { before, now, ratio, isWorse } = judge(change);
  const figures = [before, now, ratio].map((value) => String(Number(value.toPrecision(3))).padStart(9)).join('');
  return `${change.name.padEnd(36)}${figures}  ${change.unit.padEnd(9)} ${isWorse ? 'worse' : 'ok'}`;
}

await main();
