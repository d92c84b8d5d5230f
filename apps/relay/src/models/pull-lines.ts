import type { PullEvent } from '@cloudtolocalllm/protocol';
import { z } from 'zod';
import { RelayError } from '../errors.ts';

/** A line of progress is some hundred bytes: this is a broken engine's line. */
const MAX_LINE_CHARACTERS = 64 * 1024;
/** What is shown of an engine's own words. */
const MAX_QUOTE_CHARACTERS = 500;

const words = z.string().transform((text) => text.slice(0, MAX_QUOTE_CHARACTERS));
const count = z.number().min(0).optional().catch(undefined);
const line = z.union([
  z.object({ error: words }),
  z.object({ status: words, digest: words.optional().catch(undefined), completed: count, total: count }),
]);

export type PullProgress = Extract<PullEvent, { type: 'progress' }>;

/**
 * Reads the answer of Ollama's `POST /api/pull` (docs/api.md of ollama/ollama, "Pull a model") from bytes as they come,
 * and tells each step once.
 */
export class PullLines {
  readonly #decoder = new TextDecoder();
  readonly #progress: (progress: PullProgress) => void;
  #rest = '';
  #last = '';
  #succeeded = false;

  constructor(progress: (progress: PullProgress) => void) {
    this.#progress = progress;
  }

  /** @throws RelayError engine_error for an error line, one that is none of Ollama's, and one that is too long. */
  push(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > MAX_LINE_CHARACTERS)
      throw new RelayError('engine_error', 'The engine sent a line without end.');
    for (const text of lines) this.#line(text);
  }

  /** The answer is over. @throws RelayError engine_error when the engine never said that the model is there. */
  end(): void {
    this.#line(this.#rest);
    if (!this.#succeeded)
      throw new RelayError(
        'engine_error',
        'The engine broke off before the model was there. Pull it again: what has come is kept.',
      );
  }

  #line(text: string): void {
    // Ollama tells where it is some 16 times a second, whether anything has changed or not.
    if (text.trim() === '' || text === this.#last) return;
    this.#last = text;
    const parsed = line.safeParse(json(text));
    if (!parsed.success)
      throw new RelayError('engine_error', 'The engine told its progress in another way than Ollama does.');
    if ('error' in parsed.data)
      throw new RelayError('engine_error', `The engine could not pull it: ${parsed.data.error}`);
    if (parsed.data.status === 'success') this.#succeeded = true;
    this.#progress({ type: 'progress', ...parsed.data });
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
