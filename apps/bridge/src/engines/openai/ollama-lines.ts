import { AnswerFault } from './event-reader.ts';
import { countOf, type Fields, fieldsOf, listOf, parsedFields, textOf } from './record.ts';
import { ToolCalls } from './tool-calls.ts';

const NANOSECONDS_PER_MS = 1e6;
const DONE = '[DONE]';

export interface OllamaLinesOptions {
  /** As it was asked for. */
  model: string;
  shape: 'chat' | 'generate';
  /** In ms. */
  clock?: () => number;
}

/** Makes the lines of Ollama's streamed answers, or its one object, of an OpenAI-compatible engine's. */
export class OllamaLines {
  readonly #shape: 'chat' | 'generate';
  readonly #model: string;
  readonly #clock: () => number;
  readonly #begun: number;
  readonly #calls = new ToolCalls();
  #firstAt: number | undefined;
  #reason: string | undefined;
  #isDone = false;
  #promptTokens: number | undefined;
  #tokens: number | undefined;
  /** What is the same in every line of the same millisecond. */
  #start = '';
  #startAt = -1;

  constructor({ model, shape, clock = Date.now }: OllamaLinesOptions) {
    this.#model = JSON.stringify(model);
    this.#shape = shape;
    this.#clock = clock;
    this.#begun = clock();
  }

  /** The lines that the data of one event make, often one, perhaps none. Throws AnswerFault for an error. */
  event(data: string): string {
    if (this.#isDone) return '';
    if (data === DONE) {
      this.#isDone = true;
      return '';
    }
    const fields = parsedFields(data);
    if (fields === undefined) throw new AnswerFault('The engine sent an event that is not a JSON object.');
    return this.#piece(fields, 'delta');
  }

  /** The last lines. Throws AnswerFault when the answer broke off. */
  end(): string {
    if (this.#reason === undefined && !this.#isDone) throw new AnswerFault('The engine ended in mid-answer.');
    const calls = this.#calls.take();
    const told = calls.length === 0 ? '' : `${this.#head()}${this.#carry('', '', calls)},"done":false}\n`;
    return `${told}${this.#head()}${this.#carry('', '')},${this.#figures()}}\n`;
  }

  /** An answer that came as a whole. Throws AnswerFault. */
  whole(text: string): string {
    const fields = parsedFields(text);
    if (fields === undefined) throw new AnswerFault('The engine answered with something that is not a JSON object.');
    throwIfError(fields);
    const choice = fieldsOf(listOf(fields['choices'])[0]);
    const message = fieldsOf(choice['message']);
    this.#firstAt = this.#begun;
    this.#note(fields, choice);
    this.#calls.add(message['tool_calls']);
    const content = textOf(message['content']) || textOf(choice['text']);
    return `${this.#head()}${this.#carry(content, reasoning(message), this.#calls.take())},${this.#figures()}}`;
  }

  /** The line that says what Ollama says when a model was only to be loaded or unloaded. */
  loaded(reason: 'load' | 'unload'): string {
    return `${this.#head()}${this.#carry('', '')},"done":true,"done_reason":"${reason}"}`;
  }

  #piece(fields: Fields, field: string): string {
    throwIfError(fields);
    const choice = fieldsOf(listOf(fields['choices'])[0]);
    const delta = fieldsOf(choice[field]);
    this.#note(fields, choice);
    if (delta['tool_calls'] !== undefined) this.#calls.add(delta['tool_calls']);
    const content = textOf(delta['content']) || textOf(choice['text']);
    const thinking = reasoning(delta);
    if (content === '' && thinking === '') return '';
    this.#firstAt ??= this.#clock();
    return `${this.#head()}${this.#carry(content, thinking)},"done":false}\n`;
  }

  #note({ usage }: Fields, { finish_reason: reason }: Fields): void {
    if (typeof reason === 'string') this.#reason = reason;
    if (usage === undefined || usage === null) return;
    const { prompt_tokens, completion_tokens } = fieldsOf(usage);
    this.#promptTokens = countOf(prompt_tokens) ?? this.#promptTokens;
    this.#tokens = countOf(completion_tokens) ?? this.#tokens;
  }

  #head(): string {
    const now = this.#clock();
    if (now !== this.#startAt) {
      this.#startAt = now;
      this.#start = `{"model":${this.#model},"created_at":"${new Date(now).toISOString()}",`;
    }
    return this.#start;
  }

  #carry(content: string, thinking: string, calls: readonly object[] = []): string {
    const thought = thinking === '' ? '' : `,"thinking":${JSON.stringify(thinking)}`;
    if (this.#shape === 'generate') return `"response":${JSON.stringify(content)}${thought}`;
    const called = calls.length === 0 ? '' : `,"tool_calls":${JSON.stringify(calls)}`;
    return `"message":{"role":"assistant","content":${JSON.stringify(content)}${thought}${called}}`;
  }

  /** Times are ours: from the request to the first word is the prompt's. */
  #figures(): string {
    const now = this.#clock();
    const firstAt = this.#firstAt ?? now;
    const nanoseconds = (ms: number): number => Math.max(0, Math.round(ms * NANOSECONDS_PER_MS));
    const figures = {
      done: true,
      done_reason: this.#reason === 'length' ? 'length' : 'stop',
      total_duration: nanoseconds(now - this.#begun),
      load_duration: 0,
      ...(this.#promptTokens !== undefined && { prompt_eval_count: this.#promptTokens }),
      prompt_eval_duration: nanoseconds(firstAt - this.#begun),
      ...(this.#tokens !== undefined && { eval_count: this.#tokens }),
      eval_duration: nanoseconds(now - firstAt),
    };
    return JSON.stringify(figures).slice(1, -1);
  }
}

/** vLLM and others say `reasoning`, the rest what DeepSeek called it. */
function reasoning(message: Fields): string {
  return textOf(message['reasoning_content']) || textOf(message['reasoning']);
}

function throwIfError(fields: Fields): void {
  const { error } = fields;
  // llama.cpp's own field has the error without a name around it.
  const isBare = fields['choices'] === undefined && typeof fields['message'] === 'string' && 'code' in fields;
  if (isBare) throw new AnswerFault(textOf(fields['message']));
  if (error !== undefined && error !== null) throw new AnswerFault(errorText(error));
}

/** An engine's own words for what is wrong. */
export function errorText(error: unknown): string {
  if (typeof error === 'string') return error;
  return textOf(fieldsOf(error)['message']) || (JSON.stringify(error) ?? 'no reason given');
}
