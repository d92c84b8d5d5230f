import { z } from 'zod';

export const healthState = z.enum(['healthy', 'degraded', 'unhealthy']);
export type HealthState = z.infer<typeof healthState>;

/** `GET /api/health`. `metrics.uptime` is in seconds. */
export const health = z.object({
  status: healthState,
  timestamp: z.iso.datetime(),
  services: z.object({ api: healthState, database: healthState, auth: healthState, streaming: healthState }),
  metrics: z.object({ uptime: z.number(), activeConnections: z.int(), requestsPerMinute: z.number() }),
});
export type Health = z.infer<typeof health>;
