import type { Exchange, HeaderList, ResetCode } from '@cloudtolocalllm/protocol';
import { GatheredBytes } from '../../gathered-bytes.ts';
import { ollamaEmbeddings } from './embeddings.ts';
import { AnswerFault, EventReader } from './event-reader.ts';
import { errorText, OllamaLines } from './ollama-lines.ts';
import { parsedFields } from './record.ts';
import type { AnswerShape } from './translate-request.ts';

/** Of an answer that comes as a whole: embeddings of a few hundred texts. */
const MAX_WHOLE_BYTES = 32 * 1024 * 1024;
const LINES = ['content-type', 'application/x-ndjson'];
const JSON_TYPE = ['content-type', 'application/json; charset=utf-8'];

export interface TranslatedAnswerOptions {
  /** As it was asked for. */
  model: string;
  shape: AnswerShape;
  isStreamed: boolean;
  /** What the engine says is not wanted any more. */
  stop(): void;
}

/**
 * The side of an exchange that an OpenAI-compatible engine's answer is written to: it goes on as Ollama's. Each of its
 * pieces is parsed, which nothing else of the bridge does; no more than one event is kept.
 */
export class TranslatedAnswer implements Exchange {
  readonly id: number;
  readonly #exchange: Exchange;
  readonly #options: TranslatedAnswerOptions;
  readonly #lines: OllamaLines | undefined;
  readonly #events = new EventReader((data) => void (this.#out += this.#lines?.event(data) ?? ''));
  #out = '';
  #status = 0;
  #isEvents = false;
  #whole = new GatheredBytes();
  #over = false;

  constructor(exchange: Exchange, options: TranslatedAnswerOptions) {
    this.id = exchange.id;
    this.#exchange = exchange;
    this.#options = options;
    const { shape, model } = options;
    if (shape === 'chat' || shape === 'generate') this.#lines = new OllamaLines({ shape, model });
  }

  head(status: number, headers: HeaderList): void {
    this.#status = status;
    const type = headers[headers.indexOf('content-type') + 1] ?? '';
    this.#isEvents = status === 200 && this.#options.isStreamed && !/^application\/json\b/i.test(type);
    if (this.#isEvents) this.#exchange.head(200, LINES);
  }

  write(chunk: Buffer): boolean {
    if (this.#over) return true;
    if (!this.#isEvents) return this.#keep(chunk);
    try {
      this.#events.push(chunk);
    } catch (error) {
      this.#fail(error);
      return true;
    }
    return this.#flush();
  }

  end(): void {
    if (this.#over) return;
    if (!this.#isEvents) return this.#answerWhole();
    try {
      this.#events.end();
      this.#out += this.#lines?.end() ?? '';
    } catch (error) {
      return this.#fail(error);
    }
    this.#over = true;
    this.#flush();
    this.#exchange.end();
  }

  reset(code: ResetCode, reason?: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#exchange.reset(code, reason);
  }

  /** The engine's request is the bridge's own: nobody waits for credit. */
  consumed(): void {}

  #keep(chunk: Buffer): boolean {
    if (this.#whole.length + chunk.length > MAX_WHOLE_BYTES) {
      this.reset('engine_failed', 'The engine answers with more than can be translated.');
      this.#options.stop();
    } else this.#whole.push(chunk);
    return true;
  }

  #answerWhole(): void {
    const text = this.#whole.whole().toString();
    this.#whole = new GatheredBytes();
    const { shape, model, isStreamed } = this.#options;
    try {
      if (this.#status !== 200) this.#send(...refusal(this.#status, text));
      else if (shape === 'embed' || shape === 'embeddings') this.#send(200, ollamaEmbeddings(text, shape, model));
      else this.#send(200, this.#lines?.whole(text) ?? '', isStreamed ? LINES : JSON_TYPE);
    } catch (error) {
      this.#send(502, JSON.stringify({ error: faultText(error) }));
    }
  }

  #send(status: number, body: string, headers = JSON_TYPE): void {
    this.#over = true;
    this.#exchange.head(status, headers);
    this.#exchange.write(Buffer.from(body));
    this.#exchange.end();
  }

  #flush(): boolean {
    if (this.#out === '') return true;
    const lines = Buffer.from(this.#out);
    this.#out = '';
    return this.#exchange.write(lines);
  }

  /** In mid-answer: Ollama tells an error in a line of its own. */
  #fail(error: unknown): void {
    const words = faultText(error);
    this.#over = true;
    this.#out += `${JSON.stringify({ error: words })}\n`;
    this.#flush();
    this.#exchange.end();
    this.#options.stop();
  }
}

/** What is wrong with the engine's answer. Throws what is no fault of its. */
function faultText(error: unknown): string {
  // JSON can be read at any depth, but not written.
  if (error instanceof RangeError) return 'The engine answered with something that is nested too deeply.';
  if (!(error instanceof AnswerFault)) throw error;
  return error.message;
}

/** An error that the engine answered with. Its owner's key is no business of whoever asked. */
function refusal(status: number, text: string): [status: number, body: string] {
  if (status === 401 || status === 403) return [502, JSON.stringify({ error: 'The engine refuses its key.' })];
  const fields = parsedFields(text);
  const words = fields === undefined ? text.trim() : errorText(fields['error'] ?? fields);
  return [status, JSON.stringify({ error: words.slice(0, 4096) || `The engine answered ${status}.` })];
}
