import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Logger, pino } from 'pino';
import type { Config } from './config.ts';

/** Wherever one of these is logged, its value is not. */
const SECRETS = [
  'authorization',
  'cookie',
  'set-cookie',
  'token',
  'access_token',
  'refresh_token',
  'id_token',
  'device_code',
  'sessionToken',
  'secret',
  'password',
];

/** JSON lines on standard output. */
export function createLogger({ logLevel }: Pick<Config, 'logLevel'>): Logger {
  const paths = SECRETS.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]);
  return pino({ level: logLevel, base: null, redact: { paths, censor: '[redacted]' } });
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
  const [path] = request.url.split('?', 1);
  log.info(
    {
      reqId: request.id,
      method: request.method,
      path,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      userId: request.user?.id,
    },
    'Answered',
  );
}
