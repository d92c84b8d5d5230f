import { promisify } from 'node:util';
import { type Health, health, type HealthState } from '@cloudtolocalllm/protocol';
import { sql } from 'kysely';
import type { Api } from '../api.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { RelayDatabase } from '../storage/database.ts';
import type { RequestMeter } from './request-meter.ts';

/** A trivial query that takes longer says that the database is overloaded. */
const SLOW_QUERY_MS = 1_000;
const DEAD_QUERY_MS = 5_000;

export interface HealthOptions {
  database: RelayDatabase;
  lifecycle: Lifecycle;
  requests: RequestMeter;
  /** Resolves when a set of keys to verify tokens with is at hand. */
  hasKeys: () => Promise<boolean>;
}

/** `GET /api/health`, public and measured. */
export function healthRoutes(api: Api, { database, lifecycle, requests, hasKeys }: HealthOptions): void {
  const countConnections = promisify(api.server.getConnections.bind(api.server));

  api.get(
    '/api/health',
    { config: { access: 'public', limitedBy: 'none' }, schema: { response: { 200: health, 503: health } } },
    async (_request, reply) => {
      const [databaseState, keys, activeConnections] = await Promise.all([
        probeDatabase(database),
        hasKeys().catch(() => false),
        countConnections(),
      ]);
      const services: Health['services'] = {
        api: lifecycle.draining ? 'degraded' : 'healthy',
        database: databaseState,
        auth: keys ? 'healthy' : 'unhealthy',
        streaming: lifecycle.draining ? 'unhealthy' : 'healthy',
      };
      const status = worst(Object.values(services));
      return reply.code(status === 'unhealthy' ? 503 : 200).send({
        status,
        timestamp: new Date().toISOString(),
        services,
        metrics: {
          uptime: Math.floor(process.uptime()),
          activeConnections,
          requestsPerMinute: requests.perMinute,
        },
      });
    },
  );
}

async function probeDatabase({ kysely }: RelayDatabase): Promise<HealthState> {
  const started = performance.now();
  const late = Promise.withResolvers<HealthState>();
  const timer = setTimeout(late.resolve, DEAD_QUERY_MS, 'unhealthy');
  const query = sql`select count(*) from settings`.execute(kysely).then(
    (): HealthState => (performance.now() - started > SLOW_QUERY_MS ? 'degraded' : 'healthy'),
    (): HealthState => 'unhealthy',
  );
  const state = await Promise.race([query, late.promise]);
  clearTimeout(timer);
  return state;
}

function worst(states: HealthState[]): HealthState {
  if (states.includes('unhealthy')) return 'unhealthy';
  return states.includes('degraded') ? 'degraded' : 'healthy';
}
