/** Where a string stands in the body: its literal, with both quotes, from `start` up to `end` (bytes). */
export interface BodyString {
  value: string;
  start: number;
  end: number;
}

/** Of a name's literal: `"model"` with every letter escaped has 32 bytes. */
const MAX_NAME_BYTES = 64;
/** Of a model's literal; a longer one is no model's name. */
const MAX_MODEL_BYTES = 4096;
/** `false` */
const MAX_WORD_BYTES = 5;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;
const BOM = [0xef, 0xbb, 0xbf];

/** What comes next in the object itself; `inside` is a value that is an object or a list. */
type Next = 'start' | 'name' | 'colon' | 'value' | 'word' | 'comma' | 'string' | 'inside' | 'nothing';

/**
 * Reads `model` and `stream` of a JSON object while its bytes pass, in whatever pieces they come: each byte is looked
 * at once, nothing is kept but the literal under way. What is nested is skipped; of fields with the same name the first
 * counts. It judges nothing: for a body that is not valid JSON it says what it saw until then.
 */
export class BodyFields {
  /** Undefined until it is known, and when it is no string. */
  model: BodyString | undefined;
  /** Undefined until it is known, and when it is neither true nor false. */
  stream: boolean | undefined;
  /** `model` is there, whatever its value is. */
  sawModel = false;
  sawStream = false;
  /** Both were seen, or the object is over, or it is none: writing more changes nothing. */
  done = false;

  readonly #modelNames: ReadonlySet<string>;
  #next: Next = 'start';
  /** What stands before the string under way. */
  #afterString: Next = 'colon';
  /** Bytes written before this chunk. */
  #offset = 0;
  #bomBytes = 0;
  #depth = 0;
  #name = '';
  /** The literal under way, as far as it came with earlier chunks; undefined when nobody wants it. */
  #kept: Buffer[] | undefined;
  #keptBytes = 0;
  #maxBytes = 0;
  #start = 0;
  #isEscaped = false;

  /** `modelNames`: fields that name the model; Ollama's `/api/show` reads `name` as well. */
  constructor(modelNames: ReadonlySet<string> = MODEL) {
    this.#modelNames = modelNames;
  }

  /** The next bytes of the body. They are not changed, and not kept beyond a literal of interest. */
  write(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && !this.done) at = this.#read(chunk, at);
    this.#offset += chunk.length;
  }

  /** The body is over. */
  end(): void {
    if (this.#next === 'word') this.#endWord();
    this.#finish();
  }

  /** Reads from `at` on; returns where to go on. */
  #read(chunk: Buffer, at: number): number {
    const byte = chunk[at]!; // at is below length
    switch (this.#next) {
      case 'string':
        return this.#readString(chunk, at);
      case 'inside':
        return this.#readInside(chunk, at);
      case 'start':
        if (this.#offset + at < BOM.length && byte === BOM[this.#bomBytes] && this.#bomBytes === this.#offset + at) {
          this.#bomBytes++;
        } else if (byte === OPEN_BRACE) this.#next = 'name';
        else if (!isBlank(byte)) this.#finish();
        return at + 1;
      case 'name':
        if (byte === QUOTE) this.#beginString(at, 'colon', MAX_NAME_BYTES);
        else if (!isBlank(byte)) this.#finish(); // `}` as well
        return at + 1;
      case 'colon':
        if (byte === COLON) this.#next = 'value';
        else if (!isBlank(byte)) this.#finish();
        return at + 1;
      case 'value':
        return this.#beginValue(byte, at);
      case 'word':
        return this.#readWord(chunk, at);
      case 'comma':
        if (byte === COMMA) this.#next = 'name';
        else if (!isBlank(byte)) this.#finish(); // `}` as well
        return at + 1;
      case 'nothing':
        return chunk.length;
    }
  }

  #beginValue(byte: number, at: number): number {
    if (isBlank(byte)) return at + 1;
    const isModel = !this.sawModel && this.#modelNames.has(this.#name);
    if (byte === QUOTE) {
      this.#beginString(at, 'comma', isModel ? MAX_MODEL_BYTES : 0);
      return at + 1;
    }
    if (isModel) this.#seen('model');
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (this.#name === 'stream') this.#seen('stream');
      this.#depth = 1;
      this.#next = 'inside';
      return at + 1;
    }
    this.#keep(this.#name === 'stream' && !this.sawStream ? MAX_WORD_BYTES : 0);
    this.#next = 'word';
    return at;
  }

  #beginString(at: number, after: Next, maxBytes: number): void {
    this.#start = this.#offset + at;
    this.#afterString = after;
    this.#isEscaped = false;
    this.#keep(maxBytes);
    this.#take(QUOTE_BYTE, 0, 1);
    this.#next = 'string';
  }

  #readString(chunk: Buffer, from: number): number {
    const end = closingQuote(chunk, from, this.#isEscaped);
    const isClosed = end < chunk.length;
    this.#take(chunk, from, isClosed ? end + 1 : chunk.length);
    if (isClosed) this.#endString(end + 1);
    else this.#isEscaped = endsEscaping(chunk, from, this.#isEscaped);
    return end + 1;
  }

  #endString(at: number): void {
    this.#next = this.#afterString;
    const value = this.#kept && parsed(Buffer.concat(this.#kept));
    if (this.#next === 'colon') {
      this.#name = value ?? '';
      return;
    }
    if (this.#next !== 'comma') return; // somewhere inside
    if (!this.sawModel && this.#modelNames.has(this.#name)) {
      if (value !== undefined) this.model = { value, start: this.#start, end: this.#offset + at };
      this.#seen('model');
    } else if (this.#name === 'stream') this.#seen('stream');
  }

  #readInside(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      switch (chunk[at]) {
        case QUOTE:
          this.#beginString(at, 'inside', 0);
          return at + 1;
        case OPEN_BRACE:
        case OPEN_BRACKET:
          this.#depth++;
          break;
        case CLOSE_BRACE:
        case CLOSE_BRACKET:
          if (--this.#depth > 0) break;
          this.#next = 'comma';
          return at + 1;
      }
    }
    return chunk.length;
  }

  #readWord(chunk: Buffer, from: number): number {
    let end = from;
    while (end < chunk.length && !endsWord(chunk[end]!)) end++; // end is below length
    this.#take(chunk, from, end);
    if (end < chunk.length) this.#endWord();
    return end; // what ended it is a comma, a brace or a blank
  }

  #endWord(): void {
    this.#next = 'comma';
    if (this.#name !== 'stream' || this.sawStream) return;
    const word = this.#kept && Buffer.concat(this.#kept).toString('latin1');
    if (word === 'true' || word === 'false') this.stream = word === 'true';
    this.#seen('stream');
  }

  /** Begins a literal of which so many bytes are of interest. */
  #keep(maxBytes: number): void {
    this.#kept = maxBytes > 0 ? [] : undefined;
    this.#keptBytes = 0;
    this.#maxBytes = maxBytes;
  }

  #take(chunk: Buffer, from: number, to: number): void {
    if (this.#kept === undefined) return;
    this.#keptBytes += to - from;
    if (this.#keptBytes > this.#maxBytes) this.#kept = undefined;
    else this.#kept.push(Buffer.from(chunk.subarray(from, to)));
  }

  #seen(field: 'model' | 'stream'): void {
    if (field === 'model') this.sawModel = true;
    else this.sawStream = true;
    if (this.sawModel && this.sawStream) this.#finish();
  }

  #finish(): void {
    this.done = true;
    this.#next = 'nothing';
    this.#kept = undefined;
  }
}

const MODEL: ReadonlySet<string> = new Set(['model']);
const QUOTE_BYTE = Buffer.from([QUOTE]);

/** Where the string under way ends, or the chunk's length. */
function closingQuote(chunk: Buffer, from: number, isEscaped: boolean): number {
  for (let end = chunk.indexOf(QUOTE, from); end >= 0; end = chunk.indexOf(QUOTE, end + 1)) {
    if (!isEscapedAt(chunk, from, end, isEscaped)) return end;
  }
  return chunk.length;
}

/** Whether the string's part from `from` on leaves a backslash whose character comes with the next chunk. */
function endsEscaping(chunk: Buffer, from: number, isEscaped: boolean): boolean {
  return isEscapedAt(chunk, from, chunk.length, isEscaped);
}

/** Whether an odd number of backslashes stands before `at`; `isEscaped`: one of them came before `from`. */
function isEscapedAt(chunk: Buffer, from: number, at: number, isEscaped: boolean): boolean {
  let first = at;
  while (first > from && chunk[first - 1] === BACKSLASH) first--;
  const isOdd = (at - first) % 2 === 1;
  return first === from ? isOdd !== isEscaped : isOdd;
}

function endsWord(byte: number): boolean {
  return byte === COMMA || byte === CLOSE_BRACE || isBlank(byte);
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** What a string's literal says; undefined when it is not valid. */
function parsed(literal: Buffer): string | undefined {
  try {
    return JSON.parse(literal.toString()) as string; // as: it stands in quotes
  } catch {
    return undefined;
  }
}
