import { connect } from 'node:net';
import { parseAnswers, type RawAnswer } from './raw-answer.ts';

/** Silence after which the relay is told that no more comes; what it then still waits for never arrives. */
const QUIET_MS = 150;
/** Silence after a whole answer: is there another one? */
const AFTER_ANSWER_MS = 15;
/** Nothing takes this long but what hangs. */
const HUNG_MS = 20_000;

export interface RawOutcome {
  answers: RawAnswer[];
  /** What came behind the answers and is none. */
  rest: Buffer;
  /** The relay neither answered nor hung up. */
  hung: boolean;
}

export interface RawRequest {
  bytes: Buffer;
  isHead: boolean;
  /** Its framing is broken, so that the relay may wait for more. */
  mayWait: boolean;
}

/** Sends bytes over a connection of their own and gathers all that comes back until it ends. */
export function exchangeRaw(port: number, { bytes, isHead, mayWait }: RawRequest): Promise<RawOutcome> {
  const { promise, resolve } = Promise.withResolvers<RawOutcome>();
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const pieces: Buffer[] = [];
  const hangs = setTimeout(() => finish(true), HUNG_MS);
  let quiet: NodeJS.Timeout | undefined;

  function finish(hung: boolean): void {
    clearTimeout(hangs);
    clearTimeout(quiet);
    socket.destroy();
    resolve({ ...parseAnswers(Buffer.concat(pieces), { isHead, isClosed: true }), hung });
  }
  function wait(milliseconds: number): void {
    clearTimeout(quiet);
    quiet = setTimeout(() => socket.end(), milliseconds);
  }
  socket.on('connect', () => {
    socket.write(bytes);
    if (mayWait) wait(QUIET_MS);
  });
  socket.on('data', (chunk) => {
    pieces.push(chunk);
    const { answers, rest } = parseAnswers(Buffer.concat(pieces), { isHead, isClosed: false });
    if (answers.length > 0 && rest.length === 0) wait(AFTER_ANSWER_MS);
  });
  socket.on('end', () => socket.end());
  socket.on('error', () => {}); // the relay hung up while it was being written to
  socket.on('close', () => finish(false));
  return promise;
}
