import { randomUUID } from 'node:crypto';
import type { GenerationEnd } from './answer.ts';
import { type Fields, numberField, textField } from './fields.ts';

/**
 * What `/v1/responses` shows of one answer, at its beginning and its end. As with Ollama, an answer that
 * `max_output_tokens` cut is `completed` too, and what the request leaves open has OpenAI's defaults.
 */
export class ResponseObject {
  readonly itemId = `msg_${randomUUID()}`;
  readonly #id = `resp_${randomUUID()}`;
  readonly #createdAt = seconds();
  readonly #asked: object;
  readonly #model: string;

  constructor(model: string, body: Fields) {
    this.#model = model;
    this.#asked = {
      instructions: textField(body, 'instructions') || null,
      max_output_tokens: numberField(body, 'max_output_tokens') ?? null,
      temperature: numberField(body, 'temperature') ?? 1,
      top_p: numberField(body, 'top_p') ?? 1,
      truncation: textField(body, 'truncation') ?? 'disabled',
    };
  }

  begun(): object {
    return { ...this.#common(), status: 'in_progress', completed_at: null, output: [], usage: null };
  }

  /** `output` is the answer's items. */
  ended(output: object[], { figures: { promptTokens, tokens } }: GenerationEnd): object {
    const usage = {
      input_tokens: promptTokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: tokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: promptTokens + tokens,
    };
    return { ...this.#common(), status: 'completed', completed_at: seconds(), output, usage };
  }

  item(status: 'in_progress' | 'completed', content: object[]): object {
    return { id: this.itemId, type: 'message', role: 'assistant', status, content };
  }

  #common(): object {
    return {
      id: this.#id,
      object: 'response',
      created_at: this.#createdAt,
      model: this.#model,
      ...this.#asked,
      error: null,
      incomplete_details: null,
      previous_response_id: null,
      tools: [],
      tool_choice: 'auto',
      parallel_tool_calls: true,
      max_tool_calls: null,
      text: { format: { type: 'text' } },
      reasoning: null,
      presence_penalty: 0,
      frequency_penalty: 0,
      top_logprobs: 0,
      store: false,
      background: false,
      service_tier: 'default',
      metadata: {},
      safety_identifier: null,
      prompt_cache_key: null,
    };
  }
}

/** Unix time. */
function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
