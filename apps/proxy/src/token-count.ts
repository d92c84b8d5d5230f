import type { HeaderList } from '@cloudtolocalllm/protocol/worker';

/** The engine's own number stands in the last bytes of an answer: Ollama's last line, OpenAI's `usage`. */
const TAIL_BYTES = 2048;

/**
 * What engines call the tokens they generated: Ollama, OpenAI's chat, Anthropic and OpenAI's responses. Inside a text of
 * the model the quotation marks are escaped, so these bytes are the engine's. Prompt tokens have other names.
 */
const NUMBERS = ['"eval_count":', '"completion_tokens":', '"output_tokens":'].map((name) => Buffer.from(name));
/** A number and the blanks before it. */
const MAX_DIGITS = 16;

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

/** Counts the tokens of one answer: by its pieces as they pass, and by the engine's own number where it says one. */
export class TokenCount {
  /** So far. */
  tokens = 0;
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
    if (this.#form === 'lines') this.tokens += countLines(bytes, start, end);
    else if (this.#form === 'events') this.tokens += this.#countEvents(bytes, start, end);
    this.#keepTail(bytes, start, end);
  }

  /** Takes the engine's number when these bytes, just added, have one. */
  correctBy(bytes: Buffer, start: number, end: number): void {
    this.tokens = numberIn(bytes.subarray(start, end)) ?? this.tokens;
  }

  /** The answer is whole: takes the engine's number when it said one. */
  finish(): void {
    const tail = this.#tail.subarray(Math.max(0, this.#tailBytes - TAIL_BYTES), this.#tailBytes);
    this.tokens = numberIn(tail) ?? this.tokens;
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

/** The last number of tokens that stands in these bytes. */
function numberIn(bytes: Buffer): number | undefined {
  let found = -1;
  for (const name of NUMBERS) {
    const at = bytes.lastIndexOf(name);
    if (at !== -1) found = Math.max(found, at + name.length);
  }
  if (found === -1) return undefined;
  const digits = /^\s*(\d{1,12})\b/.exec(bytes.toString('latin1', found, found + MAX_DIGITS))?.[1];
  return digits === undefined ? undefined : Number(digits);
}
