import type { Stack } from '../../dev/src/stack.ts';
import type { Change } from './change.ts';
import type { ClientCalls } from './client.ts';
import type { Target } from './http-client.ts';
import { processUsage } from './process-usage.ts';
import type { RemoteProcess } from './remote-process.ts';
import { percentile } from './statistics.ts';

const MB = 1024 * 1024;
const STREAMS = 64;
const BODIES = 4;
const BODIES_PER_GB = 16;
const AT_A_TIME = 16;

/** Relay and bridge of one checkout, and the ways to them. */
export interface Side {
  engine: Target;
  relay: Target;
  cpu(): number;
  residentMb(): number;
}
/** What a run gives, by name. */
export type Figures = Record<string, number>;
/** Name, unit and which way is better, of each figure of a measurement. */
export type FigureKinds = Record<string, [unit: string, better: Change['better']]>;

interface Measurement {
  figures: FigureKinds;
  run(client: RemoteProcess<ClientCalls>, side: Side, scale: number): Promise<Figures>;
}

/** What is measured on relays and bridges that run all the time, in this order. */
export const RUNNING_FIGURES: Readonly<Record<string, Measurement>> = {
  requests: {
    figures: {
      'GET /api/me, p50': ['ms', 'less'],
      'GET /api/me, 16 at a time': ['requests/s', 'more'],
      'GET /api/me, its share of the rate of /api/health': ['x', 'more'],
      'CPU per request': ['CPU-ms', 'less'],
    },
    async run(client, side, scale) {
      const count = 4000 * scale;
      const health = await client.call('requests', side.relay, '/api/health', count, AT_A_TIME);
      const { waits } = await client.call('requests', side.relay, '/api/me', count, 1);
      const before = side.cpu();
      const { seconds } = await client.call('requests', side.relay, '/api/me', count, AT_A_TIME);
      return {
        'GET /api/me, p50': percentile(waits, 0.5),
        'GET /api/me, 16 at a time': count / seconds,
        'GET /api/me, its share of the rate of /api/health': health.seconds / seconds,
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

/** A running relay and bridge, with a fresh token: one may live shorter than all measurements take. */
export async function toSide(stack: Stack): Promise<Side> {
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
