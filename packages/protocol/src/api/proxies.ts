import { z } from 'zod';
import { bridgeId, EXAMPLE_UUID, proxyId } from '../ids.ts';

/** Of what is not asked for. The operator of a relay may set lower ones for all of them. */
export const PROXY_DEFAULTS = { timeout: 300, lifetime: 3600, maxMemory: '512MB', maxCpu: '0.5' } as const;

const MEMORY = /^(\d{1,6})\s?(KB|MB|GB)$/i;
const UNIT_BYTES = { KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 } as const;

/** Bytes of a text such as `512MB` (1024 KB each). Throws RangeError when it is none. */
export function memoryBytes(text: string): number {
  const [, amount, unit] = MEMORY.exec(text) ?? [];
  if (amount === undefined || unit === undefined) throw new RangeError(`Cannot read "${text}" as an amount of memory`);
  return Number(amount) * UNIT_BYTES[unit.toUpperCase() as keyof typeof UNIT_BYTES]; // as: MEMORY says so
}

/** `256MB`, as the specification shows it. */
export function memoryText(bytes: number): string {
  return `${Math.round(bytes / UNIT_BYTES.MB)}MB`;
}

/** What a proxy may do and use. Whatever is above the operator's limits is refused, with the limit in the message. */
export const proxyConfig = z
  .object({
    timeout: z
      .int()
      .min(5)
      .max(7 * 24 * 3600)
      .optional()
      .meta({ description: 'Seconds without a request after which it ends.' }),
    lifetime: z
      .int()
      .min(10)
      .max(30 * 24 * 3600)
      .optional()
      .meta({ description: 'Seconds after which it ends in any case, and its token with it.' }),
    maxMemory: z
      .string()
      .regex(MEMORY, 'must be an amount such as 512MB')
      .optional()
      .meta({ description: 'Memory of its process.' }),
    maxCpu: z
      .string()
      .regex(/^\d{1,2}(\.\d{1,3})?$/, 'must be a number of cores such as 0.5, in quotes')
      .refine((text) => Number(text) > 0, 'must be more than 0')
      .optional()
      .meta({ description: 'Processor cores of its process.' }),
    models: z
      .array(z.string().trim().min(1).max(200))
      .min(1)
      .max(100)
      .optional()
      .meta({ description: 'The only models it lets through; absent = all.' }),
    paths: z
      .array(
        z.string().regex(/^\/[A-Za-z0-9._~\-/]{0,200}\*?$/, 'must be a path such as /v1/chat/completions or /v1/*'),
      )
      .min(1)
      .max(50)
      .optional()
      .meta({
        description: 'The only paths it lets through; one that ends in * stands for all that begin so. Absent = all.',
      }),
    maxRequests: z
      .int()
      .min(1)
      .max(1_000_000_000)
      .optional()
      .meta({ description: "In all; absent = as many as the operator's limit." }),
    maxConcurrent: z
      .int()
      .min(1)
      .max(1000)
      .optional()
      .meta({ description: "At a time; absent = as many as the operator's limit." }),
    maxTokens: z.int().min(1).max(1_000_000_000_000).optional().meta({
      description:
        'Generated, in all. A stream is counted by its pieces as it goes and by the engine at its end; who passes the number is cut off.',
    }),
  })
  .meta({ id: 'ProxyConfig', examples: [{ timeout: 300, maxMemory: '512MB', maxCpu: '0.5' }] });
export type ProxyConfig = z.infer<typeof proxyConfig>;

/** `POST /api/streaming/proxy/create`. */
export const createProxyRequest = z
  .object({
    userId: z
      .string()
      .min(1)
      .max(255)
      .optional()
      .meta({ description: 'If it is there it must be the caller: nobody makes proxies for others.' }),
    bridgeId,
    name: z.string().trim().min(1).max(100).optional().meta({ description: 'For its owner, to tell it from others.' }),
    config: proxyConfig.default({}),
  })
  .meta({
    id: 'CreateProxyRequest',
    examples: [{ bridgeId: `bridge-${EXAMPLE_UUID}`, config: { timeout: 300, maxMemory: '512MB', maxCpu: '0.5' } }],
  });
export type CreateProxyRequest = z.input<typeof createProxyRequest>;

const endpoint = z.url().meta({
  description: "The base of Ollama's API; with /v1 behind it, of OpenAI's and Anthropic's.",
});

export const createProxyResponse = z
  .object({
    success: z.literal(true),
    proxyId,
    endpoint,
    credentials: z.object({
      token: z.string().meta({ description: 'Shown this once. Send it as `Authorization: Bearer` or `x-api-key`.' }),
      expires: z.iso.datetime(),
    }),
  })
  .meta({
    id: 'CreateProxyResponse',
    examples: [
      {
        success: true,
        proxyId: `proxy-${EXAMPLE_UUID}`,
        endpoint: `https://proxy-${EXAMPLE_UUID}.cloudtolocalllm.online`,
        credentials: { token: 'c2p_the-rest-of-the-token', expires: '2025-06-20T17:52:20.850Z' },
      },
    ],
  });
export type CreateProxyResponse = z.infer<typeof createProxyResponse>;

/** `terminated`: it ended as it was meant to; `crashed`: its process died. `reason` says which way. */
export const proxyState = z.enum(['running', 'terminated', 'crashed']);
export type ProxyState = z.infer<typeof proxyState>;

/**
 * Why a proxy ended. `deleted` by its owner; `timeout`: nobody used it; `expired`: its lifetime was over; `revoked`: its
 * bridge or the key that made it was; `relay_stopped`: proxies don't outlive their relay; the last three are crashes.
 */
export const proxyEnd = z.enum([
  'deleted',
  'timeout',
  'expired',
  'revoked',
  'relay_stopped',
  'out_of_memory',
  'killed',
  'failed',
]);
export type ProxyEnd = z.infer<typeof proxyEnd>;

/** What really holds a proxy to its share: nothing is claimed that the machine can't do. */
export const proxyEnforcement = z.object({
  memory: z.enum(['cgroup-v1', 'cgroup-v2', 'rlimit', 'docker', 'none']),
  cpu: z.enum(['cgroup-v1', 'cgroup-v2', 'docker', 'none']),
});
export type ProxyEnforcement = z.infer<typeof proxyEnforcement>;

const exampleStatus = {
  proxyId: `proxy-${EXAMPLE_UUID}`,
  status: 'running',
  uptime: 1800,
  metrics: {
    requests: 45,
    bytesTransferred: 1_048_576,
    avgResponseTime: 120,
    errorRate: 0.02,
    tokens: 9120,
    running: 1,
  },
  resources: { memoryUsage: '48MB', cpuUsage: '15%' },
  name: 'Build script',
  bridgeId: `bridge-${EXAMPLE_UUID}`,
  endpoint: `https://proxy-${EXAMPLE_UUID}.cloudtolocalllm.online`,
  driver: 'process',
  enforcement: { memory: 'cgroup-v2', cpu: 'cgroup-v2' },
  config: { timeout: 300, lifetime: 3600, maxMemory: '512MB', maxCpu: '0.5' },
  created: '2025-06-20T16:52:20.850Z',
  expires: '2025-06-20T17:52:20.850Z',
};

/** `GET /api/streaming/proxy/{proxyId}/status`; of one that has ended, its last figures. */
export const proxyStatus = z
  .object({
    proxyId,
    status: proxyState,
    uptime: z.number().meta({ description: 'Seconds; of one that has ended, how long it lived.' }),
    metrics: z.object({
      requests: z.int(),
      bytesTransferred: z.int().meta({ description: 'Of bodies, both ways.' }),
      avgResponseTime: z.number().meta({ description: 'Milliseconds from a request to the head of its answer.' }),
      errorRate: z.number().meta({
        description: 'Share of requests that were refused, broke off or were answered with 400 and above, 0 to 1.',
      }),
      tokens: z.int().meta({ description: 'Generated, as far as the engine or the stream tells.' }),
      running: z.int().meta({ description: 'Being answered now.' }),
    }),
    resources: z.object({
      memoryUsage: z.string().meta({ description: 'Of its process, such as 48MB.' }),
      cpuUsage: z.string().meta({ description: 'Of one core, since it was measured last, such as 15%.' }),
    }),
    name: z.string().optional(),
    bridgeId,
    endpoint,
    driver: z.enum(['process', 'docker']),
    enforcement: proxyEnforcement,
    config: proxyConfig.meta({ description: 'As it holds: what was asked for, and defaults.' }),
    created: z.iso.datetime(),
    expires: z.iso.datetime(),
    ended: z.iso.datetime().optional(),
    reason: proxyEnd.optional(),
    detail: z.string().optional().meta({ description: 'Of a crash, in words.' }),
  })
  .meta({ id: 'ProxyStatus', examples: [exampleStatus] });
export type ProxyStatus = z.infer<typeof proxyStatus>;

/** `GET /api/streaming/proxy`: those that run, then those that have ended, newest first. */
export const proxyQuery = z.object({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(200)
    .default(50)
    .meta({ examples: [50] }),
  offset: z.coerce
    .number()
    .int()
    .min(0)
    .max(1_000_000)
    .default(0)
    .meta({ examples: [0] }),
});
export type ProxyQuery = z.input<typeof proxyQuery>;
export const proxyList = z
  .object({ proxies: z.array(proxyStatus), total: z.int(), hasMore: z.boolean() })
  .meta({ id: 'ProxyList', examples: [{ proxies: [exampleStatus], total: 1, hasMore: false }] });
export type ProxyList = z.infer<typeof proxyList>;

/** `DELETE /api/streaming/proxy/{proxyId}`. */
export const proxyDeleted = z
  .object({ success: z.literal(true), message: z.string() })
  .meta({ id: 'ProxyDeleted', examples: [{ success: true, message: 'Proxy terminated and resources cleaned up' }] });
export type ProxyDeleted = z.infer<typeof proxyDeleted>;
