/** One line of an answer; a token is some hundred bytes, so this is a broken engine's line. */
const MAX_LINE_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

/** The engine's answer can't be gone on with; the message is for a person. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Reads the lines of Ollama's `POST /api/chat` from bytes as they come, whatever their borders. */
export class AnswerLines {
  #rest: Buffer[] = [];
  #restBytes = 0;
  #isDone = false;
  #totalTokens: number | undefined;
  readonly #said: (content: string, thinking: string) => void;

  constructor(said: (content: string, thinking: string) => void) {
    this.#said = said;
  }

  /** Throws EngineError for an error line, a line that is no JSON object and one that is too long. */
  push(chunk: Buffer): void {
    let start = 0;
    for (let newline = chunk.indexOf(NEWLINE); newline !== -1; newline = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, newline));
      this.#line();
      start = newline + 1;
    }
    if (start < chunk.length) this.#keep(Buffer.from(chunk.subarray(start)));
  }

  /** The answer is over. Throws EngineError when its `done` line never came. */
  end(): { totalTokens?: number } {
    this.#line();
    if (!this.#isDone) throw new EngineError('engine_error', 'The engine ended in mid-answer.');
    return this.#totalTokens === undefined ? {} : { totalTokens: this.#totalTokens };
  }

  #keep(part: Buffer): void {
    this.#restBytes += part.length;
    if (this.#restBytes > MAX_LINE_BYTES) {
      throw new EngineError('engine_error', `The engine sent a line of more than ${MAX_LINE_BYTES} bytes.`);
    }
    this.#rest.push(part);
  }

  #line(): void {
    const line = Buffer.concat(this.#rest).toString().trim();
    this.#rest = [];
    this.#restBytes = 0;
    if (line === '') return;
    const { error, message, done, prompt_eval_count, eval_count } = parseRecord(line);
    if (error !== undefined) throw new EngineError('engine_error', errorText(error));
    if (isRecord(message)) {
      const content = text(message['content']);
      const thinking = text(message['thinking']);
      if (content !== '' || thinking !== '') this.#said(content, thinking);
    }
    if (done !== true) return;
    this.#isDone = true;
    if (Number.isSafeInteger(eval_count)) this.#totalTokens = count(prompt_eval_count) + count(eval_count);
  }
}

/** The engine's own words from the body of an answer that is not 200: JSON with `error`, or plain text. */
export function engineErrorText(body: string): string {
  try {
    const record: unknown = JSON.parse(body);
    if (isRecord(record) && record['error'] !== undefined) return errorText(record['error']);
  } catch {
    // Not JSON: a plain text is told as it is.
  }
  return body.trim();
}

function parseRecord(line: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // Without the cause: a parser's message quotes what was said.
    throw new EngineError('engine_error', 'The engine sent a line that is not JSON.');
  }
  if (!isRecord(value)) throw new EngineError('engine_error', 'The engine sent a line that is not a JSON object.');
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function errorText(error: unknown): string {
  if (typeof error === 'string') return error;
  if (isRecord(error) && typeof error['message'] === 'string') return error['message'];
  return JSON.stringify(error);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
