import type { IdPrefix, Scope } from '@cloudtolocalllm/protocol';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a module registers its routes on; schemas are zod's. */
export type Api = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/**
 * Who may call a route. `public`: everybody. `own computer`: its module lets only this computer through. `anybody signed
 * in`: any valid token or key. A scope or right: tokens and keys that have it. `admin or own computer`: either. `proxy
 * token`: its module asks for the token of the proxy that the path names.
 */
export type Access =
  | 'public'
  | 'own computer'
  | 'anybody signed in'
  | Scope
  | 'account'
  | 'admin'
  | 'admin or own computer'
  | 'proxy token';

/**
 * Which limit a request counts against. `user`: its caller's. `bridge`: it becomes an exchange and its handler charges
 * the bridge that it chose. `address`: where it comes from. `none`: health, docs and web assets.
 */
export type LimitedBy = 'user' | 'bridge' | 'address' | 'none';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Required on every route: a server with one that says nothing does not start. */
    access?: Access;
    /** Absent: `user`, or `address` on a route without a caller. */
    limitedBy?: LimitedBy;
    /** Counts as one of the caller's concurrent streams while it is being answered. */
    stream?: boolean;
    /**
     * Its callers speak an engine's API, and get errors as that has them: behind so many segments of the path (0 of
     * `/v1/…`, 1 of `/ollama/…`, 2 of `/proxy/{proxyId}/…`) comes the path of the engine.
     */
    enginePathAfter?: 0 | 1 | 2;
    /** It creates something with an id of this kind, and takes an Idempotency-Key: see `idempotency/`. */
    idempotent?: IdPrefix;
  }
}
