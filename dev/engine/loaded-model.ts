import type { Llama, LlamaEmbeddingContext, LlamaModel, LlamaSequence, Token } from './llama.ts';
import { Pool } from './pool.ts';

/** Generations that run at once in a model; further ones wait. More than the 50 streams of our tests; 8 MB of cache. */
const SEQUENCES = 64;
/** Tokens a sequence remembers: llama.cpp's least. The next token depends on the last alone, and attention over more costs time. */
export const CONTEXT_SIZE = 256;
/** Tokens of a prompt that are evaluated, its last ones; leaves room for the answer. */
const PROMPT_SIZE = CONTEXT_SIZE / 2;
/** Characters that are tokenized at all: a long prompt must not block the event loop. Each makes one token or more. */
const PROMPT_CHARACTERS = PROMPT_SIZE;
/** Tokens evaluated in one go; llama.cpp wants a whole text to be embedded in one batch. */
const BATCH_SIZE = 512;
const EMBEDDED_SIZE = BATCH_SIZE - 2;

/** A model in memory: its tokenizer, its sequences, its embeddings. */
export interface LoadedModel {
  sequences: Pool<LlamaSequence>;
  /** The end of a prompt as tokens. */
  tokenizePrompt(prompt: string): Token[];
  /** Makes the answer's tokens, one each time it is asked; several sequences take turns. */
  evaluate(sequence: LlamaSequence, prompt: Token[], signal: AbortSignal): AsyncGenerator<Token, void>;
  /** The text of an answer's token. */
  textOf(token: Token): string;
  /** A text as a vector of length 1. */
  embed(text: string): Promise<Embedding>;
  dispose(): Promise<void>;
}

export interface Embedding {
  vector: number[];
  tokens: number;
}

/** Loads a model file; what embeddings need is made with the first of them. */
export async function loadModel(llama: Llama, modelPath: string): Promise<LoadedModel> {
  const model = await llama.loadModel({ modelPath });
  const context = await model.createContext({
    sequences: SEQUENCES,
    contextSize: CONTEXT_SIZE,
    batchSize: BATCH_SIZE,
    threads: 1,
  });
  let embeddings: Promise<LlamaEmbeddingContext> | undefined;
  return {
    sequences: new Pool(Array.from({ length: SEQUENCES }, () => context.getSequence())),
    tokenizePrompt: (prompt) => model.tokenize(prompt.slice(-PROMPT_CHARACTERS)).slice(-PROMPT_SIZE),
    evaluate: createEvaluate(),
    textOf: createTextOf(model),
    async embed(text) {
      embeddings ??= model.createEmbeddingContext({ contextSize: BATCH_SIZE, batchSize: BATCH_SIZE, threads: 1 });
      const tokens = model.tokenize(text.slice(0, EMBEDDED_SIZE)).slice(0, EMBEDDED_SIZE);
      const { vector } = await (await embeddings).getEmbeddingFor(tokens);
      return { vector: normalize(vector), tokens: tokens.length };
    },
    dispose: () => model.dispose(),
  };
}

/**
 * One token at a time per model. node-llama-cpp would batch the sequences and then sample them in parallel threads, where
 * llama.cpp reorders its outputs at first use without a lock: a sequence sometimes got another's token. For a model this
 * small, a batch is no faster.
 */
function createEvaluate(): LoadedModel['evaluate'] {
  const turns = new Pool(['turn']);
  return async function* (sequence, prompt, signal) {
    await using tokens = sequence.evaluate(prompt);
    while (true) {
      const turn = await turns.acquire(signal);
      const next = await tokens.next().finally(() => turns.release(turn));
      if (next.done) return;
      yield next.value;
    }
  };
}

/** Looks each token's text up once: the answer has but a few different ones. */
function createTextOf(model: LlamaModel): (token: Token) => string {
  const texts = new Map<Token, string>();
  return (token) => {
    let text = texts.get(token);
    if (text === undefined) {
      // With a token before it, the leading space stays.
      text = model.detokenize([token], false, [token]);
      texts.set(token, text);
    }
    return text;
  };
}

function normalize(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}
