import { engineErrorText } from '../chat/ollama-answer.ts';
import { RelayError } from '../errors.ts';
import { dialectError, type Dialect } from './dialect.ts';
import type { AnswerForm } from './keep-alive.ts';

/** Of an engine's error that comes too late for its own status; what is longer is cut. */
const MAX_LATE_BYTES = 64 * 1024;

/** The body of an error that the engine answers with after the relay has begun the answer in its place. */
export class LateError {
  readonly #status: number;
  readonly #chunks: Buffer[] = [];
  #room = MAX_LATE_BYTES;

  constructor(status: number) {
    this.#status = status;
  }

  add(chunk: Buffer): void {
    if (this.#room <= 0) return;
    this.#chunks.push(Buffer.from(chunk.subarray(0, this.#room))); // a view into a larger message
    this.#room -= chunk.length;
  }

  /** The engine's own error where it speaks the caller's dialect, else its words in that dialect. */
  body(dialect: Dialect, requestId?: string): object {
    const text = Buffer.concat(this.#chunks).toString();
    const own = parsed(text);
    if (own !== undefined && isErrorOf(dialect, own)) return own;
    const said = engineErrorText(text) || 'no reason given';
    const error = new RelayError('engine_error', `The engine answered with an error (${this.#status}): ${said}`);
    return dialectError(dialect, error, requestId);
  }
}

/** The error that ends a stream, as clients of the dialect read it there. */
export function lastEvent(form: Exclude<AnswerForm, 'json'>, dialect: Dialect, body: object): string {
  const json = JSON.stringify(body);
  if (form === 'lines') return `${json}\n`;
  return dialect === 'anthropic' ? `event: error\ndata: ${json}\n\n` : `data: ${json}\n\n`;
}

function isErrorOf(dialect: Dialect, { type, error }: Record<string, unknown>): boolean {
  if (dialect === 'ollama') return typeof error === 'string';
  return typeof error === 'object' && error !== null && (dialect === 'openai' || type === 'error');
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    // as: an object; what its fields are is looked at one by one
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
