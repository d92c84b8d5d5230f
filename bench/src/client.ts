import { Readable } from 'node:stream';
import type { AnswerCounts } from './answer-counts.ts';
import { HttpClient, type Target } from './http-client.ts';
import { nowMicros } from './now-micros.ts';
import { serveCalls } from './remote-process.ts';
import { countLines, StampReader } from './token-line.ts';

const http = new HttpClient();
const PIECE_BYTES = 64 * 1024;
const bulkBody = Buffer.alloc(64 * 1024 * 1024);
/** Streams of `stall` that wait to be let go. */
const stalled: AbortController[] = [];

/** Throws unless an answer had its tokens and its last line. */
function expectLines(lines: number, tokens: number): void {
  if (lines !== tokens + 1) throw new Error(`An answer had ${lines} lines instead of ${tokens + 1}`);
}

function* pieces(body: Buffer): Generator<Buffer> {
  for (let at = 0; at < body.length; at += PIECE_BYTES) yield body.subarray(at, at + PIECE_BYTES);
}

function repeat(times: number, run: () => Promise<void>): Promise<void[]> {
  return Promise.all(Array.from({ length: times }, run));
}

const calls = {
  /** One short answer after another; returns the ms until the first byte of each. */
  async firstTokens(target: Target, samples: number): Promise<Float64Array> {
    const waits = new Float64Array(samples);
    for (let sample = 0; sample < samples; sample++) {
      let lines = 0;
      const since = performance.now();
      await http.chat(target, { num_predict: 2 }, (chunk) => {
        if (lines === 0) waits[sample] = performance.now() - since;
        lines += countLines(chunk);
      });
      expectLines(lines, 2);
    }
    return waits;
  },

  /** GETs, so many at a time; returns the seconds that they all took and the ms of each. */
  async requests(
    target: Target,
    path: string,
    count: number,
    atATime: number,
  ): Promise<{ seconds: number; waits: Float64Array }> {
    const waits = new Float64Array(count);
    let next = 0;
    const start = performance.now();
    await repeat(atATime, async () => {
      while (next < count) {
        const index = next++;
        const since = performance.now();
        await http.send(target, { method: 'GET', path, body: null, contentType: 'application/json', data() {} });
        waits[index] = performance.now() - since;
      }
    });
    return { seconds: (performance.now() - start) / 1000, waits };
  },

  takeCounts: (origin: string): AnswerCounts => http.takeCounts(origin),

  /** Paced streams side by side; returns for every token the ms from the engine's write to its arrival here. */
  async pacedStreams(target: Target, streams: number, tokens: number, tokensPerSecond: number): Promise<Float64Array> {
    const delays = new Float64Array(streams * tokens);
    let arrived = 0;
    await repeat(streams, async () => {
      const reader = new StampReader();
      await http.chat(target, { num_predict: tokens, tokens_per_second: tokensPerSecond }, (chunk) => {
        const now = nowMicros();
        reader.read(chunk, (sent) => (delays[arrived++] = (now - sent) / 1000));
      });
    });
    expectLines(arrived + 1, streams * tokens);
    return delays;
  },

  /** Unpaced streams side by side; returns the seconds until all have ended. */
  async unpacedStreams(target: Target, streams: number, tokens: number): Promise<number> {
    const since = performance.now();
    await repeat(streams, async () => {
      let lines = 0;
      await http.chat(target, { num_predict: tokens }, (chunk) => (lines += countLines(chunk)));
      expectLines(lines, tokens);
    });
    return (performance.now() - since) / 1000;
  },

  /** A large body to the engine; returns MB/s. */
  async upload(target: Target): Promise<number> {
    let answer = '';
    const since = performance.now();
    const data = (chunk: Buffer): void => void (answer += chunk.toString());
    // In pieces of 64 KB, as a file is read: one write of it all is something that only a bench does.
    const body = Readable.from(pieces(bulkBody), { objectMode: false, highWaterMark: PIECE_BYTES });
    await http.send(target, {
      path: '/api/generate',
      body,
      length: bulkBody.length,
      contentType: 'application/octet-stream',
      data,
    });
    const seconds = (performance.now() - since) / 1000;
    const { received } = JSON.parse(answer) as { received: number }; // as the fake engine answers
    if (received !== bulkBody.length) throw new Error(`The engine received ${received} of ${bulkBody.length} bytes`);
    return bulkBody.length / 1024 / 1024 / seconds;
  },

  /** A large body from the engine; returns MB/s. */
  async download(target: Target): Promise<number> {
    let received = 0;
    const since = performance.now();
    const data = (chunk: Buffer): void => void (received += chunk.length);
    await http.send(target, {
      path: `/api/generate?bytes=${bulkBody.length}`,
      body: null,
      contentType: 'application/json',
      data,
    });
    const seconds = (performance.now() - since) / 1000;
    if (received !== bulkBody.length) throw new Error(`${received} of ${bulkBody.length} bytes were received`);
    return bulkBody.length / 1024 / 1024 / seconds;
  },

  /** Endless streams that stop reading at their first bytes; resolves when all have. */
  async stall(target: Target, streams: number, lineBytes: number): Promise<void> {
    await repeat(streams, async () => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const abort = new AbortController();
      stalled.push(abort);
      const answer = http.chat(
        target,
        { num_predict: Number.MAX_SAFE_INTEGER, line_bytes: lineBytes },
        (_chunk, controller) => {
          if (controller.paused) return;
          controller.pause();
          abort.signal.addEventListener('abort', () => controller.abort(new Error('the bench lets it go')), {
            once: true,
          });
          resolve();
        },
      );
      answer.catch((error: Error) => (abort.signal.aborted ? undefined : reject(error)));
      await promise;
    });
  },

  letStalledGo(): void {
    for (const abort of stalled.splice(0)) abort.abort();
  },
};
export type ClientCalls = typeof calls;

serveCalls(calls);
