/** Ollama's name, OpenAI's, Anthropic's and OpenAI's newer one. */
const TOKENS = /"(?:eval_count|completion_tokens|output_tokens)"\s*:\s*(\d{1,9})/g;
const NANOSECONDS = /"eval_duration"\s*:\s*(\d{1,18})/;

/** What an engine says at the end of an answer, in its last two pieces: tokens, and the seconds that they took. */
export function answerFigures(
  beforeLast: Buffer | undefined,
  last: Buffer | undefined,
): { tokens?: number; seconds?: number } {
  const end = Buffer.concat([beforeLast ?? EMPTY, last ?? EMPTY]);
  const text = end.toString('latin1');
  const tokens = [...text.matchAll(TOKENS)].at(-1)?.[1];
  const nanoseconds = NANOSECONDS.exec(text)?.[1];
  return {
    ...(tokens !== undefined && { tokens: Number(tokens) }),
    ...(nanoseconds !== undefined && Number(nanoseconds) > 0 && { seconds: Number(nanoseconds) / 1e9 }),
  };
}

const EMPTY = Buffer.alloc(0);
