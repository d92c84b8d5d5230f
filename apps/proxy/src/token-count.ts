import type { HeaderList } from '@cloudtolocalllm/protocol/worker';
import { engineNumber } from './engine-number.ts';

/** The engine's own number stands in the last bytes of an answer: Ollama's last line, OpenAI's `usage`. */
const TAIL_BYTES = 2048;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** How the pieces of an answer are told apart: a line of NDJSON, an event of SSE; plain JSON has none. */
type Form = 'lines' | 'events' | 'whole';

const FORM_OF_TYPE = new Map<string, Form>([
  ['application/x-ndjson', 'lines'],
  ['application/jsonl', 'lines'],
  ['text/event-stream', 'events'],
  ['application/json', 'whole'],
]);

/**
 * Pieces of a stream that are no tokens: Ollama's last line; what OpenAI's and Anthropic's events say of beginnings and
 * ends. By so many may an engine's number be below the pieces, whatever a caller makes an engine say.
 */
const NO_TOKENS: Readonly<Record<Form, number>> = { lines: 1, events: 16, whole: 0 };

/** Counts the tokens of one answer: by its pieces as they pass, and by the engine's own number where it says one. */
export class TokenCount {
  /** So far. */
  tokens = 0;
  #pieces = 0;
  readonly #form: Form;
  /** Twice the tail, so that it moves to the front once in 2 KB and not with each token. */
  readonly #tail = Buffer.allocUnsafe(2 * TAIL_BYTES);
  #tailBytes = 0;
  /** The last bytes of the stream: an event's end may come in two pieces. */
  #last = 0;
  #beforeLast = 0;

  /** Undefined for an answer that has no tokens, as its head says. */
  static of(headers: HeaderList): TokenCount | undefined {
    for (let index = 0; index + 1 < headers.length; index += 2) {
      if (headers[index]!.toLowerCase() !== 'content-type') continue; // the index is below the length
      const form = FORM_OF_TYPE.get(headers[index + 1]!.split(';', 1)[0]!.trim().toLowerCase()); // split gives one at least
      return form === undefined ? undefined : new TokenCount(form);
    }
    return undefined;
  }

  private constructor(form: Form) {
    this.#form = form;
  }

  /** The answer's next bytes lie in `bytes` from `start` to `end`; they are not kept. */
  add(bytes: Buffer, start: number, end: number): void {
    let pieces = 0;
    if (this.#form === 'lines') pieces = countLines(bytes, start, end);
    else if (this.#form === 'events') pieces = this.#countEvents(bytes, start, end);
    this.#pieces += pieces;
    this.tokens += pieces;
    this.#keepTail(bytes, start, end);
  }

  /** Takes the engine's number when these bytes, just added, end the answer with one. */
  correctBy(bytes: Buffer, start: number, end: number): void {
    this.#correct(bytes.subarray(Math.max(start, end - TAIL_BYTES), end));
  }

  /** The answer is whole: takes the engine's number when it said one. */
  finish(): void {
    this.#correct(this.#tail.subarray(Math.max(0, this.#tailBytes - TAIL_BYTES), this.#tailBytes));
  }

  #correct(tail: Buffer): void {
    const number = this.#numberIn(tail.toString('latin1').trimEnd());
    if (number !== undefined) this.tokens = Math.max(number, this.#pieces - NO_TOKENS[this.#form]);
  }

  /** What the last line says; of the last events, that which says one: others may follow it. */
  #numberIn(tail: string): number | undefined {
    if (this.#form === 'whole') return engineNumber(tail);
    const lines = tail.split('\n');
    if (this.#form === 'lines') return engineNumber(lines.at(-1) ?? '');
    for (const line of lines.toReversed()) {
      const number = line.trimEnd().endsWith('}') ? engineNumber(line.trimEnd()) : undefined;
      if (number !== undefined) return number;
    }
    return undefined;
  }

  /** An event ends with an empty line. */
  #countEvents(bytes: Buffer, start: number, end: number): number {
    let events = 0;
    for (let at = indexIn(bytes, start, end); at !== -1; at = indexIn(bytes, at + 1, end)) {
      const one = this.#byteBefore(bytes, start, at, 1);
      const isEmpty =
        one === LINE_FEED || (one === CARRIAGE_RETURN && this.#byteBefore(bytes, start, at, 2) === LINE_FEED);
      if (isEmpty) events++;
    }
    const last = this.#byteBefore(bytes, start, end, 1);
    this.#beforeLast = this.#byteBefore(bytes, start, end, 2);
    this.#last = last;
    return events;
  }

  #byteBefore(bytes: Buffer, start: number, at: number, distance: 1 | 2): number {
    const index = at - distance;
    if (index >= start) return bytes[index]!; // within the buffer
    return index === start - 1 ? this.#last : this.#beforeLast;
  }

  #keepTail(bytes: Buffer, start: number, end: number): void {
    const from = Math.max(start, end - TAIL_BYTES);
    if (this.#tailBytes + end - from > this.#tail.length) {
      this.#tail.copyWithin(0, this.#tailBytes - TAIL_BYTES, this.#tailBytes);
      this.#tailBytes = TAIL_BYTES;
    }
    this.#tailBytes += bytes.copy(this.#tail, this.#tailBytes, from, end);
  }
}

/** -1 when there is none before `end`; what lies behind is not looked at, or a small answer would pay for a large one. */
function indexIn(bytes: Buffer, from: number, end: number): number {
  for (let at = from; at < end; at++) if (bytes[at] === LINE_FEED) return at;
  return -1;
}

function countLines(bytes: Buffer, start: number, end: number): number {
  let lines = 0;
  for (let at = start; at < end; at++) if (bytes[at] === LINE_FEED) lines++;
  return lines;
}
