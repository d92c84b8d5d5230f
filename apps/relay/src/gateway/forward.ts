import type { FastifyReply, FastifyRequest } from 'fastify';
import type { BridgeLink } from '../bridges/bridge-link.ts';
import { errorHeaders, toRelayError } from '../error-handler.ts';
import type { RelayError } from '../errors.ts';
import type { BodyFields } from '@cloudtolocalllm/protocol/bodies';
import { dialectError, dialectOf } from './dialect.ts';
import type { Ticker } from './keep-alive-ticker.ts';
import { PassThrough } from './pass-through.ts';

/** What a request can be sent on to: a bridge's link, or what leads to one. */
export type Opener = Pick<BridgeLink, 'bridgeId' | 'open'>;

export interface ForwardOptions {
  link: Opener;
  /** Path and query as the engine shall see them. */
  path: string;
  /** Tells the time to answers that may be silent for long. */
  ticker: Ticker;
  /** Names and values in turn, where they are not those that the client sent. */
  rawHeaders?: readonly string[] | undefined;
  /** The request's whole body when it has been read already. */
  body?: Buffer | undefined;
  /** What was read of a body that is not whole yet. The request is paused, and resumed by whoever calls this. */
  first?: readonly Buffer[] | undefined;
  /** What has been read of the body says this; absent: it is looked at here. */
  fields?: BodyFields | undefined;
  /**
   * Who else may answer, asked when a link can't and nothing of an answer was sent. The body must have been given whole.
   */
  instead?: ((failed: Opener) => BridgeLink | undefined) | undefined;
}

/** What means that a bridge can't answer now, whatever it is asked. */
const CANNOT: ReadonlySet<string> = new Set(['bridge_offline', 'engine_unreachable', 'rate_limited']);

/**
 * Sends a request on to an engine and takes the reply out of fastify's hands: what fails from here on is answered in
 * the dialect of the path. Throws RelayError when no link takes an exchange; nothing has happened then.
 */
export function forward(request: FastifyRequest, reply: FastifyReply, options: ForwardOptions): void {
  // It went away while a bridge was being waited for: nobody would ever end its exchange.
  if (reply.raw.destroyed) return void reply.hijack();
  const { instead: _, ...exchange } = options;

  const begin = (link: Opener): void => {
    const fail = (error: RelayError): void => {
      const next = nextAfter(link, error, options);
      if (next === undefined) return failRaw(request, reply, options.path, error);
      try {
        begin(next);
      } catch (cause) {
        // as: only errors are thrown
        failRaw(request, reply, options.path, toRelayError(cause as Error));
      }
    };
    try {
      PassThrough.begin({ ...exchange, link, request: request.raw, response: reply.raw, fail });
    } catch (error) {
      const next = nextAfter(link, toRelayError(error as Error), options); // as: only errors are thrown
      if (next === undefined) throw error;
      begin(next);
    }
  };
  begin(options.link);
  reply.hijack();
}

function nextAfter(link: Opener, error: RelayError, { body, instead }: ForwardOptions): BridgeLink | undefined {
  return body !== undefined && CANNOT.has(error.code) ? instead?.(link) : undefined;
}

/** Answers past fastify, whose hands the reply has left already. */
function failRaw(request: FastifyRequest, reply: FastifyReply, path: string, error: RelayError): void {
  const body = JSON.stringify(dialectError(dialectOf(path), error, request.id));
  const own = Object.entries({ ...errorHeaders(error), 'content-type': 'application/json; charset=utf-8' });
  reply.raw.writeHead(error.status, own.flat()).end(body);
}
