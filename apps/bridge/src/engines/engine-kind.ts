export type EngineKind = 'ollama' | 'lmstudio' | 'llamacpp' | 'vllm' | 'openai';

interface KindFacts {
  /** As people call it; also what the relay is told. */
  label: string;
  /** Where it listens unless told otherwise. */
  port?: number;
  /** Generations at the same time, unless its owner or the engine itself says otherwise. */
  limit: number;
  /** It speaks Anthropic's API as well; an older version says itself that it does not. */
  hasMessages: boolean;
}

export const ENGINE_KINDS: Readonly<Record<EngineKind, KindFacts>> = {
  // Queues by itself, one at a time for each model in memory, up to this many (OLLAMA_MAX_QUEUE): a second queue in front
  // of its own would only hold back one that was told to do more (OLLAMA_NUM_PARALLEL).
  ollama: { label: 'Ollama', port: 11434, limit: 512, hasMessages: true },
  // What it runs of one model at once by default ("Max Concurrent Predictions").
  lmstudio: { label: 'LM Studio', port: 1234, limit: 4, hasMessages: true },
  // Its slots, when it tells how many it has (`total_slots` of GET /props).
  llamacpp: { label: 'llama.cpp', port: 8080, limit: 1, hasMessages: true },
  // It batches hundreds; beyond some dozens each one of them gets slow.
  vllm: { label: 'vLLM', port: 8000, limit: 32, hasMessages: true },
  openai: { label: 'OpenAI-compatible', limit: 4, hasMessages: false },
};

/** A kind by its own name, or undefined. */
export function engineKind(text: string): EngineKind | undefined {
  return Object.hasOwn(ENGINE_KINDS, text) ? (text as EngineKind) : undefined; // as: a name of the table
}
