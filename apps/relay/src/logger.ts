import { withoutSecrets } from '@cloudtolocalllm/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type DestinationStream, type Logger, pino, stdSerializers } from 'pino';
import type { Config } from './config.ts';

/** Ours are shorter; a longer one is somebody else's text, of which the log needs no more. */
const MAX_PATH_CHARACTERS = 200;

/** Most paths: no token or key is all lower case and without underscores and dots. */
const PLAIN_PATH = /^[a-z0-9/-]{1,150}$/;

/**
 * JSON lines on standard output. Secrets are taken out of the finished line: however deep they were, whoever logged
 * them, and also where an error's message quotes one.
 */
export function createLogger({ logLevel }: Pick<Config, 'logLevel'>, destination?: DestinationStream): Logger {
  const serializers = {
    err: stdSerializers.err,
    // What fastify itself logs of these: never the headers, the body or the query string.
    req: (request: FastifyRequest) => ({ id: request.id, method: request.method, path: loggedPath(request.url) }),
    res: (reply: FastifyReply) => ({ status: reply.statusCode }),
  };
  const options = { level: logLevel, base: null, serializers, hooks: { streamWrite: withoutSecrets } };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/**
 * For the line of each answered request, which holds nothing secret: without the cost of looking for secrets, and
 * written behind the answer's back.
 */
export function createAccessLog({ logLevel }: Pick<Config, 'logLevel'>): Logger {
  return pino({ level: logLevel, base: null }, pino.destination({ fd: 1, sync: false }));
}

/** One line per answered request: no headers, no body, no query string (it may hold a code). */
export function logRequest(log: Pick<Logger, 'info'>, request: FastifyRequest, reply: FastifyReply): void {
  log.info(
    {
      reqId: request.id,
      method: request.method,
      // The embedded issuer is told another one.
      path: loggedPath(request.originalUrl),
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      userId: request.user?.id,
    },
    'Answered',
  );
}

/** The path of a URL without its query, not too long, and without a token that somebody put there by mistake. */
export function loggedPath(url: string): string {
  const [path = ''] = url.split('?', 1);
  if (PLAIN_PATH.test(path)) return path;
  const short = path.length > MAX_PATH_CHARACTERS ? `${path.slice(0, MAX_PATH_CHARACTERS)}...` : path;
  // A terminal obeys some of what is neither ASCII nor escaped in JSON.
  return withoutSecrets(short.replaceAll(/[^\x20-\x7e]/g, '?'));
}
