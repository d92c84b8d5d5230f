import { z } from 'zod';

export const healthState = z.enum(['healthy', 'degraded', 'unhealthy']);
export type HealthState = z.infer<typeof healthState>;

/** `GET /api/health`. `metrics.uptime` is in seconds. */
export const health = z
  .object({
    status: healthState,
    timestamp: z.iso.datetime(),
    services: z.object({ api: healthState, database: healthState, auth: healthState, streaming: healthState }),
    metrics: z.object({ uptime: z.number(), activeConnections: z.int(), requestsPerMinute: z.number() }),
  })
  .meta({
    id: 'Health',
    description: '`uptime` is in seconds.',
    examples: [
      {
        status: 'healthy',
        timestamp: '2025-06-20T17:00:00.000Z',
        services: { api: 'healthy', database: 'healthy', auth: 'healthy', streaming: 'healthy' },
        metrics: { uptime: 86400, activeConnections: 42, requestsPerMinute: 150 },
      },
    ],
  });
export type Health = z.infer<typeof health>;

/** Such as `256MB`. */
const megabytes = z.string().regex(/^\d+MB$/);
/** Such as `5%`. */
const percent = z.string().regex(/^\d+(\.\d+)?%$/);

/** `GET /api/health/detailed`, for administrators and the relay's own computer. Times are in milliseconds. */
export const detailedHealth = z
  .object({
    status: healthState,
    timestamp: z.iso.datetime(),
    services: z.object({
      api: z.object({
        status: healthState,
        /** Median of the last minute's answers that are not streams; 0 when there were none. */
        responseTime: z.number(),
        /** Resident memory of the relay's process. */
        memoryUsage: megabytes,
        /** Of one core, over the last minute. */
        cpuUsage: percent,
        /** 99th percentile of the last minute: how late the event loop was. */
        eventLoopDelay: z.number(),
        activeConnections: z.int(),
        requestsPerMinute: z.number(),
      }),
      database: z.object({
        status: healthState,
        connections: z.int(),
        queryTime: z.number(),
      }),
      auth: z.object({ status: healthState, issuer: z.string(), keys: z.int() }),
      streaming: z.object({ status: healthState, bridges: z.int(), exchanges: z.int(), generations: z.int() }),
    }),
    infrastructure: z.object({
      /** Streaming proxies that are alive. */
      containerCount: z.int(),
      /** Median round trip of the bridges' last pings, or of a connection to this computer when none is connected. */
      networkLatency: z.number(),
      /** Of the disk that the data folder is on. */
      diskUsage: percent,
    }),
  })
  .meta({
    id: 'DetailedHealth',
    description: 'Times are in milliseconds.',
    examples: [
      {
        status: 'healthy',
        timestamp: '2025-06-20T17:00:00.000Z',
        services: {
          api: {
            status: 'healthy',
            responseTime: 15,
            memoryUsage: '256MB',
            cpuUsage: '5%',
            eventLoopDelay: 3,
            activeConnections: 42,
            requestsPerMinute: 150,
          },
          database: { status: 'healthy', connections: 10, queryTime: 8 },
          auth: { status: 'healthy', issuer: 'https://cloudtolocalllm.auth0.com/', keys: 2 },
          streaming: { status: 'healthy', bridges: 3, exchanges: 2, generations: 1 },
        },
        infrastructure: { containerCount: 4, networkLatency: 2, diskUsage: '45%' },
      },
    ],
  });
export type DetailedHealth = z.infer<typeof detailedHealth>;
