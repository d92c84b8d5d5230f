import type { FastifyCorsOptions, FastifyCorsOptionsDelegateCallback } from '@fastify/cors';
import type { FastifyRequest } from 'fastify';

/** Two hours: Chrome's maximum. */
const PREFLIGHT_SECONDS = 7200;

/**
 * Lets web pages of these origins call the API, `*` = all: without cookies, of which the API knows none. Other origins,
 * and whatever is no preflight, are answered as if there were no CORS.
 */
export function corsOptions(origins: readonly string[]): { delegator: FastifyCorsOptionsDelegateCallback } {
  const shared: FastifyCorsOptions = {
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', 'idempotency-key', 'x-bridge-id', 'last-event-id'],
    exposedHeaders: [
      'X-Request-Id',
      'X-RateLimit-Limit',
      'X-RateLimit-Remaining',
      'X-RateLimit-Reset',
      'Retry-After',
      'Idempotency-Replayed',
    ],
    maxAge: PREFLIGHT_SECONDS,
    strictPreflight: false,
  };
  const isAllowed = originCheck(origins);
  const isAll = origins.includes('*');
  return {
    delegator: (request, done) => {
      const { origin } = request.headers;
      const isKnown = origin !== undefined && isAllowed(origin);
      // A function of the origin, so that caches are told that the answer depends on it.
      const answer = isKnown && (isAll ? '*' : origin);
      done(null, { ...shared, preflight: isPreflight(request), origin: (_origin, decide) => decide(null, answer) });
    },
  };
}

/** Whether pages of an origin may call the API and open WebSockets, besides the relay's own. */
export function originCheck(origins: readonly string[]): (origin: string) => boolean {
  const known = new Set(origins);
  return (origin) => known.has('*') || known.has(origin);
}

function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}
