/** Paths whose answers are made token by token. */
const GENERATING = new Set([
  '/api/chat',
  '/api/generate',
  '/v1/chat/completions',
  '/v1/completions',
  '/v1/messages',
  '/v1/responses',
]);
/** Engines say their figures at the very end: Ollama within 200 bytes, OpenAI's `usage` before `[DONE]`. */
export const TAIL_BYTES = 1024;
/** Ollama and OpenAI name the model near the start of an answer. */
export const START_BYTES = 1024;
/** What may stand before the model's name: nothing of it is content. Anthropic's and OpenAI's newer one have it deeper. */
const MODEL =
  /^(?:event: [\w.]{1,60}\r?\n)?(?:data: )?\{\s*(?:"(?:id|object|created|created_at|completed_at|type|role|status|sequence_number)":\s*(?:"[^"\\]{0,100}"|\d{1,20}|null),\s*|"(?:message|response)":\s*\{\s*)*"model":\s*"([^"\\]{1,200})"/;
/** Below this nothing can be said of a speed. */
const MIN_PIECES = 3;

/** The figures that engines say, compiled once: each answer is searched for them. */
const FIGURES = {
  eval_count: figurePattern('eval_count'),
  eval_duration: figurePattern('eval_duration'),
  predicted_per_second: figurePattern('predicted_per_second'),
  completion_tokens: figurePattern('completion_tokens'),
  output_tokens: figurePattern('output_tokens'),
};

export interface Pace {
  /** Reads of the answer; an engine flushes each token by itself, so about one for each. */
  pieces: number;
  /** From the first to the last of them. */
  milliseconds: number;
}

/** Tokens a second; `isCounted`: by the engine, else guessed by the pieces of the answer. */
export interface Speed {
  tokensPerSecond: number;
  isCounted: boolean;
}

export function generates(path: string): boolean {
  return GENERATING.has(path);
}

/**
 * How fast an answer came: from the figures in its last bytes, else about, from its pieces. Within a text of the model
 * the quotes of such a name would be escaped. Sources: docs/api.md of ollama/ollama, OpenAI's and Anthropic's `usage`,
 * llama.cpp's `timings`.
 */
export function answerSpeed(tail: string, pace: Pace): Speed | undefined {
  const evaluated = figure(tail, 'eval_count');
  const nanoseconds = figure(tail, 'eval_duration');
  if (evaluated && nanoseconds) return { tokensPerSecond: rounded(evaluated / (nanoseconds / 1e9)), isCounted: true };
  const perSecond = figure(tail, 'predicted_per_second');
  if (perSecond) return { tokensPerSecond: rounded(perSecond), isCounted: true };
  const tokens = figure(tail, 'completion_tokens') ?? figure(tail, 'output_tokens');
  if (tokens && pace.pieces >= MIN_PIECES && pace.milliseconds > 0) {
    return { tokensPerSecond: rounded(tokens / (pace.milliseconds / 1000)), isCounted: true };
  }
  return guessedSpeed(pace);
}

/** Of an answer that is being made. */
export function guessedSpeed({ pieces, milliseconds }: Pace): Speed | undefined {
  if (pieces < MIN_PIECES || milliseconds <= 0) return undefined;
  return { tokensPerSecond: rounded(pieces / (milliseconds / 1000)), isCounted: false };
}

/** The model's name in the first bytes of an answer, unless something that may be content stands before it. */
export function modelIn(start: string): string | undefined {
  return MODEL.exec(start)?.[1];
}

/** An error that came in place of the next line. */
export function endsInError(tail: string): boolean {
  return /(?:^|\n)(?:data: )?\{"error":/.test(tail);
}

function figurePattern(name: string): RegExp {
  return new RegExp(`"${name}"\\s*:\\s*(\\d{1,15}(?:\\.\\d{1,9})?)`);
}

function figure(text: string, name: keyof typeof FIGURES): number | undefined {
  const value = Number(FIGURES[name].exec(text)?.[1]);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
