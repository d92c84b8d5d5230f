import { toolCall } from '@cloudtolocalllm/protocol';
import { RelayError } from '../errors.ts';
import type { AnswerSink, EngineFigures } from './chat-model.ts';

/** One line of an answer; a token is some hundred bytes, so this is a broken engine's line. */
export const MAX_LINE_BYTES = 1024 * 1024;
/** What is shown of an engine's own words. */
const MAX_QUOTE_CHARACTERS = 500;
const NEWLINE = 0x0a;

/** Reads the answer of Ollama's `POST /api/chat` from bytes as they come, whatever their borders. */
export class OllamaAnswer {
  /** The beginning of a line whose end has not come yet. */
  #rest: Buffer[] = [];
  #restBytes = 0;
  #done = false;
  #pieces = 0;
  #tokens: number | undefined;
  #figures: EngineFigures = {};
  readonly #sink: Pick<AnswerSink, 'text' | 'thinking' | 'toolCall'>;

  constructor(sink: Pick<AnswerSink, 'text' | 'thinking' | 'toolCall'>) {
    this.#sink = sink;
  }

  /** Throws RelayError engine_error for an error line, a line that is no JSON object and one that is too long. */
  push(chunk: Buffer): void {
    let start = 0;
    for (let newline = chunk.indexOf(NEWLINE); newline !== -1; newline = chunk.indexOf(NEWLINE, start)) {
      this.#line(this.#join(chunk.subarray(start, newline)));
      start = newline + 1;
    }
    if (start === chunk.length) return;
    this.#checkLength(chunk.length - start);
    // Copied: the chunk is a view into a larger message that should not be kept alive.
    this.#rest.push(Buffer.from(chunk.subarray(start)));
    this.#restBytes += chunk.length - start;
  }

  /** The answer is over. Throws RelayError engine_error when its `done` line never came. */
  end(): { totalTokens: number; figures: EngineFigures } {
    if (this.#restBytes > 0) this.#line(this.#join(Buffer.alloc(0)));
    if (!this.#done)
      throw new RelayError('engine_error', 'The engine ended in mid-answer. Ask again to get a whole one.');
    return { totalTokens: this.#tokens ?? this.#pieces, figures: this.#figures };
  }

  #join(tail: Buffer): string {
    this.#checkLength(tail.length);
    if (this.#restBytes === 0) return tail.toString();
    const line = Buffer.concat([...this.#rest, tail]).toString();
    this.#rest = [];
    this.#restBytes = 0;
    return line;
  }

  #checkLength(more: number): void {
    if (this.#restBytes + more > MAX_LINE_BYTES) {
      throw new RelayError('engine_error', `The engine sent a line of more than ${MAX_LINE_BYTES} bytes.`);
    }
  }

  #line(line: string): void {
    if (line.trim() === '') return;
    const record = parseRecord(line);
    if (record.error !== undefined) {
      throw new RelayError('engine_error', `The engine stopped with an error: ${quote(errorText(record.error))}`);
    }
    if (isRecord(record.message)) this.#message(record.message);
    if (record.done !== true) return;
    this.#done = true;
    this.#figures = figuresOf(record);
    const { promptTokens = 0, answerTokens } = this.#figures;
    if (answerTokens !== undefined) this.#tokens = promptTokens + answerTokens;
  }

  #message({ thinking, content, tool_calls }: Record<string, unknown>): void {
    if (typeof thinking === 'string' && thinking !== '') {
      this.#pieces++;
      this.#sink.thinking?.(thinking);
    }
    if (typeof content === 'string' && content !== '') {
      this.#pieces++;
      this.#sink.text(content);
    }
    if (!Array.isArray(tool_calls)) return;
    for (const call of tool_calls) {
      const parsed = toolCall.safeParse(isRecord(call) ? call.function : undefined);
      if (parsed.success) this.#sink.toolCall?.(parsed.data);
    }
  }
}

/** The last line's figures (docs/api.md of ollama/ollama): times are in nanoseconds there. */
function figuresOf(record: Record<string, unknown>): EngineFigures {
  const figures = {
    promptTokens: count(record.prompt_eval_count),
    answerTokens: count(record.eval_count),
    loadMs: milliseconds(record.load_duration),
    promptMs: milliseconds(record.prompt_eval_duration),
    answerMs: milliseconds(record.eval_duration),
  };
  // Those it says nothing of are left out.
  return Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined));
}

/** The engine's own words from the body of an answer that is not 200: `{"error": "…"}`, `{"error": {"message": "…"}}` or plain text. */
export function engineErrorText(body: string): string {
  try {
    const record: unknown = JSON.parse(body);
    if (isRecord(record) && record.error !== undefined) return quote(errorText(record.error));
  } catch {
    // Not JSON: a plain text is quoted as it is.
  }
  return quote(body);
}

function parseRecord(line: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // Without the cause: a parser's message quotes what was said, and that belongs in no log.
    throw new RelayError('engine_error', 'The engine sent a line that is not JSON.');
  }
  if (!isRecord(value)) throw new RelayError('engine_error', 'The engine sent a line that is not a JSON object.');
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function errorText(error: unknown): string {
  if (typeof error === 'string') return error;
  if (isRecord(error) && typeof error.message === 'string') return error.message;
  return JSON.stringify(error);
}

function quote(text: string): string {
  const trimmed = text.trim();
  return trimmed.length > MAX_QUOTE_CHARACTERS ? `${trimmed.slice(0, MAX_QUOTE_CHARACTERS)}…` : trimmed;
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) ? Math.max(0, value) : undefined;
}

function milliseconds(nanoseconds: unknown): number | undefined {
  const value = count(nanoseconds);
  return value === undefined ? undefined : Math.round(value / 1e4) / 100;
}
