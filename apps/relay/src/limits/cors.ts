import type { FastifyCorsOptions, FastifyCorsOptionsDelegateCallback } from '@fastify/cors';
import type { FastifyRequest } from 'fastify';
import { isEnginePath } from '../gateway/dialect.ts';

/** Two hours: Chrome's maximum. */
const PREFLIGHT_SECONDS = 7200;

const EXPOSED_HEADERS = [
  'X-Request-Id',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'Retry-After',
  'Idempotency-Replayed',
];
/** Of the relay's own API. */
const ALLOWED_HEADERS = ['authorization', 'content-type', 'idempotency-key', 'x-bridge-id', 'last-event-id'];

const NO_ORIGIN: FastifyCorsOptions = { origin: false };

export interface CorsOrigins {
  /** Of the relay's own API. */
  own: readonly string[];
  /** Of the paths that lead to engines: no cookie counts there, so a page of any origin needs a key all the same. */
  engines: readonly string[];
}

/**
 * Lets web pages of these origins call the API, `*` = all: without cookies, of which the API knows none. Other origins,
 * and whatever is no preflight, are answered as if there were no CORS. What leads to engines lets every header through
 * that is asked for: each client has some of its own (`x-stainless-…`, `anthropic-…`).
 */
export function corsOptions(origins: CorsOrigins): { delegator: FastifyCorsOptionsDelegateCallback } {
  const shared: FastifyCorsOptions = {
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: PREFLIGHT_SECONDS,
    strictPreflight: false,
  };
  const own = { ...shared, allowedHeaders: ALLOWED_HEADERS, answerTo: originAnswer(origins.own) };
  const engines = { ...shared, answerTo: originAnswer(origins.engines) };
  return {
    delegator: (request, done) => {
      // Most requests are no web page's: they get no more than the word that the answer depends on it.
      if (request.headers.origin === undefined) return done(null, NO_ORIGIN);
      const { answerTo, ...options } = isEnginePath(request.url) ? engines : own;
      const answer = answerTo(request.headers.origin);
      // A function of the origin, so that caches are told that the answer depends on it.
      done(null, { ...options, preflight: isPreflight(request), origin: (_origin, decide) => decide(null, answer) });
    },
  };
}

/** What the answer to a page of an origin says of who may read it. */
function originAnswer(origins: readonly string[]): (origin: string | undefined) => string | false {
  const isAllowed = originCheck(origins);
  const isAll = origins.includes('*');
  return (origin) => origin !== undefined && isAllowed(origin) && (isAll ? '*' : origin);
}

/** Whether pages of an origin may call the API and open WebSockets, besides the relay's own. */
export function originCheck(origins: readonly string[]): (origin: string) => boolean {
  const known = new Set(origins);
  return (origin) => known.has('*') || known.has(origin);
}

function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}
