import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { RelayError } from '../errors.ts';

/** How long clients may take. */
export interface ClientTimeouts {
  /** For the headers of a request, also of the first one on a connection. */
  headersMs: number;
  /** Between looks at whose headers are late. */
  checkMs: number;
  /** For a body that is read whole: the largest at 70 KB a second. */
  bodyMs: number;
  /** Between two pieces of a body that is passed on as it comes; lines stall for a while and go on. */
  uploadIdleMs: number;
}
export const CLIENT_TIMEOUTS: ClientTimeouts = {
  headersMs: 20_000,
  checkMs: 5_000,
  bodyMs: 30_000,
  uploadIdleMs: 120_000,
};

/** Bodies are JSON, of this size at the most and here in this time; routes that want others bring their own parsers. */
export function readJsonBodies(app: FastifyInstance, limits: { maxBytes: number; bodyMs: number }): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', (request, payload: IncomingMessage, done) => {
    readBody(payload, limits, (error, text) => {
      if (error) done(error, undefined);
      else void parse(request, text, done);
    });
  });
}

/** Reads a body whole; `done` is called once. */
function readBody(
  body: IncomingMessage,
  { maxBytes, bodyMs }: { maxBytes: number; bodyMs: number },
  done: (error: Error | undefined, text: string) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const finish = (error?: Error): void => {
    clearTimeout(timer);
    body.off('data', onData).off('end', onEnd).off('error', onEnd).off('close', onClose);
    // Whoever listens last: an error that comes later ends nothing.
    body.on('error', () => {});
    done(error, error ? '' : Buffer.concat(chunks, bytes).toString());
  };
  const onData = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes > maxBytes) finish(tooLarge());
    else chunks.push(chunk);
  };
  // Node says "aborted" and closes; whether the length was right it has checked itself.
  const onEnd = (cause?: Error): void => finish(cause && brokenOff(cause));
  const onClose = (): void => finish(brokenOff());
  const timer = setTimeout(() => finish(tooSlow(bodyMs)), bodyMs);
  if (Number(body.headers['content-length']) > maxBytes) return finish(tooLarge());
  body.on('data', onData).on('end', onEnd).on('error', onEnd).on('close', onClose);
}

function tooLarge(): RelayError {
  return new RelayError('payload_too_large', 'The body is larger than this route accepts.');
}

function tooSlow(bodyMs: number): RelayError {
  return new RelayError('request_timeout', `The body did not arrive whole within ${Math.ceil(bodyMs / 1000)} seconds.`);
}

function brokenOff(cause?: Error): RelayError {
  return new RelayError('bad_request', 'The body broke off before its end.', { cause });
}

/** Cuts the connection of a body that is passed on as it comes, when nothing of it came for too long. */
export function watchUpload(request: IncomingMessage, idleMs: number): void {
  if (request.complete) return;
  const { socket } = request;
  let seen = socket.bytesRead;
  const timer = setInterval(() => {
    // Held back by ourselves, it can't go on; whoever takes so long to read has limits of their own.
    const isHeldBack = request.isPaused() || request.readableFlowing !== true;
    if (socket.bytesRead === seen && !isHeldBack) socket.destroy();
    seen = socket.bytesRead;
  }, idleMs).unref();
  const stop = (): void => clearInterval(timer);
  request.once('end', stop).once('close', stop);
}

/** After an answer that did not wait for the whole body: what is left may still come, but not for ever. */
export function awaitRest(request: IncomingMessage, restMs: number): void {
  if (request.complete || request.socket.destroyed) return;
  const timer = setTimeout(() => request.complete || request.socket.destroy(), restMs).unref();
  request.once('close', () => clearTimeout(timer));
}
