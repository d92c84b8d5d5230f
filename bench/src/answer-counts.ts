/** What a relay's answers say about its limits. */
export interface AnswerCounts {
  answers: number;
  /** Those that counted against a limit, by their headers. */
  limited: number;
  /** Those with status 429: requests that were too many. */
  refused: number;
}

export function noAnswers(): AnswerCounts {
  return { answers: 0, limited: 0, refused: 0 };
}

export function countAnswer(counts: AnswerCounts, status: number, headers: Record<string, unknown>): void {
  counts.answers++;
  if (headers['x-ratelimit-limit'] !== undefined) counts.limited++;
  if (status === 429) counts.refused++;
}

/**
 * @throws Error when a request was refused, for then less was measured than was sent; and, where limits are
 * expected to count, when no answer counted against one: what their counting costs was not measured then.
 */
export function checkAnswers(
  { answers, limited, refused }: AnswerCounts,
  { expectLimits }: { expectLimits: boolean },
): void {
  if (refused > 0) throw new Error(`Cannot use these figures: ${refused} of ${answers} requests were answered 429`);
  if (expectLimits && answers > 0 && limited === 0) {
    throw new Error(`Cannot use these figures: none of ${answers} answers counted against a limit`);
  }
}
