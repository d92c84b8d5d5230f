import type { LoadedModel } from './loaded-model.ts';
import { createPace } from './pace.ts';
import { createStopFilter } from './stop-filter.ts';

/** What to generate. */
export interface Generation {
  prompt: string;
  /** Tokens at most; undefined for as many as the model makes. */
  limit: number | undefined;
  stops: readonly string[];
  signal: AbortSignal;
}

/** A token's text, or the end of the answer with its figures. */
export type GenerationPiece =
  | { type: 'token'; text: string }
  | { type: 'end'; reason: 'stop' | 'length'; figures: GenerationFigures };

export interface GenerationFigures {
  promptTokens: number;
  promptMs: number;
  tokens: number;
  tokensMs: number;
}

/** Runs one generation on a sequence of the model; the engine computes a token only when the consumer asks for it. */
export async function* generate(
  model: LoadedModel,
  { prompt, limit = Infinity, stops, signal }: Generation,
  tokensPerSecond?: number,
): AsyncGenerator<GenerationPiece, void> {
  const sequence = await model.sequences.acquire(signal);
  const startedAt = performance.now();
  const promptTokens = model.tokenizePrompt(prompt);
  const pace = createPace(tokensPerSecond);
  const filter = createStopFilter(stops);
  let reason: 'stop' | 'length' = 'stop';
  let firstAt: number | undefined;
  let tokens = 0;
  try {
    for await (const token of model.evaluate(sequence, promptTokens, signal)) {
      firstAt ??= performance.now();
      await pace(signal);
      signal.throwIfAborted();
      tokens++;
      const { text, stopped } = filter.push(model.textOf(token));
      if (text !== '') yield { type: 'token', text };
      if (stopped) break;
      if (tokens >= limit) {
        reason = 'length';
        break;
      }
    }
    if (filter.rest() !== '') yield { type: 'token', text: filter.rest() };
    const endedAt = performance.now();
    firstAt ??= endedAt;
    yield {
      type: 'end',
      reason,
      figures: {
        promptTokens: promptTokens.length,
        promptMs: firstAt - startedAt,
        tokens,
        tokensMs: endedAt - firstAt,
      },
    };
  } finally {
    // The next user starts from an empty history; a sequence is lent again only when it has one.
    await sequence.clearHistory();
    model.sequences.release(sequence);
  }
}
