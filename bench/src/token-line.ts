import { nowMicros } from './now-micros.ts';

const STAMP_DIGITS = 16;
const STAMP_PREFIX = '{"sent":"';
const REST =
  '","model":"bench:latest","created_at":"2026-01-01T00:00:00.000000000Z","message":{"role":"assistant","content":" ';
const TAIL = '"},"done":false}\n';
const NEWLINE = 10;

/** A line like those of Ollama's `/api/chat`, about 150 bytes, that begins with the time it is made. */
export function stampedLine(): string {
  return `${STAMP_PREFIX}${String(nowMicros()).padStart(STAMP_DIGITS, '0')}${REST}token${TAIL}`;
}

/** The same line without a time of its own, made longer if need be. */
export function plainLine(bytes = 0): Buffer {
  const content = 'token'.padEnd(bytes - STAMP_PREFIX.length - STAMP_DIGITS - REST.length - TAIL.length, '.');
  return Buffer.from(`${STAMP_PREFIX}${'0'.repeat(STAMP_DIGITS)}${REST}${content}${TAIL}`);
}

/** The last line of an answer. */
export const DONE_LINE =
  '{"model":"bench:latest","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":""},"done":true}\n';

export function countLines(chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

/** Finds the stamps in a stream of lines, wherever its chunks are cut. */
export class StampReader {
  #rest = Buffer.alloc(0);

  /** Calls back with the microseconds at which each complete line was made; the last line of an answer has none. */
  read(chunk: Buffer, stamp: (micros: number) => void): void {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      const digits = start + STAMP_PREFIX.length;
      const micros = Number(bytes.toString('latin1', digits, digits + STAMP_DIGITS));
      if (!Number.isNaN(micros)) stamp(micros);
      start = end + 1;
    }
    this.#rest = start < bytes.length ? Buffer.from(bytes.subarray(start)) : Buffer.alloc(0);
  }
}
