import { ApiError, SignInError } from '@cloudtolocalllm/sdk';
import { en } from '../texts/en.ts';
import type { Texts } from '../texts/texts.ts';

/** What went wrong, in a person's words. `detail` is the server's own sentence where it adds something. */
export type Failure = { code: string; title: string; detail?: string };

/** A failure from a stable code and the server's message. */
export function failureFrom(code: string, message?: string): Failure {
  return inWords({ code, title: en.failures.unexpected, detail: message }, en);
}

export function describeFailure(error: unknown): Failure {
  if (error instanceof ApiError || error instanceof SignInError) return failureFrom(error.code, error.message);
  return failureFrom('unexpected', error instanceof Error ? error.message : undefined);
}

/** The same failure in the person's language: stores keep failures longer than a language. */
export function inWords(failure: Failure, { failures }: Pick<Texts, 'failures'>): Failure {
  const { code, title, detail } = failure;
  return {
    code,
    title: failures.titles[code] ?? (title === en.failures.unexpected ? failures.unexpected : title),
    detail: code === 'network_error' ? failures.checkConnection : detail,
  };
}
