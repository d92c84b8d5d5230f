import type { DetailedHealth, Health, HealthState } from '@cloudtolocalllm/protocol';
import { median } from './median.ts';
import { remembered } from './remembered.ts';

/** Everybody may ask for the state, as often as they like: it is measured no oftener than this. */
const MEASURE_EVERY_MS = 1_000;
/** A trivial query that takes longer says that the database is overloaded. */
const SLOW_QUERY_MS = 1_000;
/** A token that is this much later is seen to be late. */
const SLOW_LOOP_MS = 200;
/** What is left must hold the answers until somebody looks. */
const FULL_DISK_PERCENT = 95;

/** Where the figures come from; times are in milliseconds. */
export interface HealthProbes {
  /** Undefined: the database does not answer. */
  query(): Promise<number | undefined>;
  /** Percent of the disk that the data folder is on. */
  disk(): Promise<number>;
  /** How many keys to verify tokens with are at hand. */
  keys(): Promise<number>;
  /** A connection within this computer. */
  loopback(): Promise<number>;
  /** Open connections of clients. */
  connections(): Promise<number>;
  issuer(): string;
  draining(): boolean;
  requestsPerMinute(): number;
  /** Median of the last minute's answers; undefined when there were none. */
  answerMs(): number | undefined;
  /** `settled`: whether they already say more than how the relay started. */
  vitals(): { cpuPercent: number; delayMs: number; settled: boolean };
  links(): { bridges: number; exchanges: number; roundTripsMs: readonly number[] };
  generations(): number;
  /** Streaming proxies that are alive. */
  proxies(): number;
}

/** One worker thread holds the one connection to SQLite. */
const DATABASE_CONNECTIONS = 1;

/** What `GET /api/health` and `GET /api/health/detailed` say, and what a cheap look is allowed to cost. */
export class HealthCheck {
  readonly #probes: HealthProbes;
  readonly #measured: () => Promise<{ queryMs: number | undefined; diskPercent: number; keys: number }>;
  readonly #loopback: () => Promise<number>;

  /** @param now milliseconds of a clock that never goes back. */
  constructor(probes: HealthProbes, now?: () => number) {
    this.#probes = probes;
    this.#loopback = remembered(probes.loopback, MEASURE_EVERY_MS, now);
    const measure = async () => {
      const [queryMs, diskPercent, keys] = await Promise.all([
        probes.query(),
        // A disk that can't be asked is not a full one; whether it works is what the query says.
        probes.disk().catch(() => 0),
        probes.keys().catch(() => 0),
      ]);
      return { queryMs, diskPercent, keys };
    };
    this.#measured = remembered(measure, MEASURE_EVERY_MS, now);
  }

  async summary(): Promise<Health> {
    const [services, activeConnections] = await Promise.all([this.#services(), this.#probes.connections()]);
    return {
      status: worst(Object.values(services)),
      timestamp: new Date().toISOString(),
      services,
      metrics: {
        uptime: Math.floor(process.uptime()),
        activeConnections,
        requestsPerMinute: this.#probes.requestsPerMinute(),
      },
    };
  }

  async detailed(): Promise<DetailedHealth> {
    const probes = this.#probes;
    const [services, measured, activeConnections] = await Promise.all([
      this.#services(),
      this.#measured(),
      probes.connections(),
    ]);
    const { cpuPercent, delayMs } = probes.vitals();
    const { bridges, exchanges, roundTripsMs } = probes.links();
    return {
      status: worst(Object.values(services)),
      timestamp: new Date().toISOString(),
      services: {
        api: {
          status: services.api,
          responseTime: rounded(probes.answerMs() ?? 0),
          memoryUsage: `${Math.round(process.memoryUsage.rss() / 2 ** 20)}MB`,
          cpuUsage: `${rounded(cpuPercent)}%`,
          eventLoopDelay: rounded(delayMs),
          activeConnections,
          requestsPerMinute: probes.requestsPerMinute(),
        },
        database: {
          status: services.database,
          connections: measured.queryMs === undefined ? 0 : DATABASE_CONNECTIONS,
          queryTime: rounded(measured.queryMs ?? 0),
        },
        auth: { status: services.auth, issuer: probes.issuer(), keys: measured.keys },
        streaming: { status: services.streaming, bridges, exchanges, generations: probes.generations() },
      },
      infrastructure: {
        containerCount: probes.proxies(),
        networkLatency: rounded(median(roundTripsMs) ?? (await this.#loopback())),
        diskUsage: `${rounded(measured.diskPercent)}%`,
      },
    };
  }

  async #services(): Promise<Health['services']> {
    const { queryMs, diskPercent, keys } = await this.#measured();
    const { delayMs, settled } = this.#probes.vitals();
    const draining = this.#probes.draining();
    return {
      api: draining || (settled && delayMs > SLOW_LOOP_MS) ? 'degraded' : 'healthy',
      database: databaseState(queryMs, diskPercent),
      auth: keys > 0 ? 'healthy' : 'unhealthy',
      streaming: draining ? 'unhealthy' : 'healthy',
    };
  }
}

/** The disk counts here: it is the database that can't go on when it is full. */
function databaseState(queryMs: number | undefined, diskPercent: number): HealthState {
  if (queryMs === undefined) return 'unhealthy';
  return queryMs > SLOW_QUERY_MS || diskPercent > FULL_DISK_PERCENT ? 'degraded' : 'healthy';
}

function worst(states: HealthState[]): HealthState {
  if (states.includes('unhealthy')) return 'unhealthy';
  return states.includes('degraded') ? 'degraded' : 'healthy';
}

/** To a tenth. */
function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
