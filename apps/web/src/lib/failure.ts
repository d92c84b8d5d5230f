import { ApiError, SignInError } from '@cloudtolocalllm/sdk';

/** What went wrong, in a person's words. `detail` is the server's own sentence where it adds something. */
export type Failure = { code: string; title: string; detail?: string };

const TITLES: Record<string, string> = {
  network_error: 'The relay can’t be reached',
  bridge_offline: 'Your computer is offline',
  engine_unreachable: 'The engine isn’t answering',
  engine_timeout: 'The engine took too long',
  engine_error: 'The engine reported a problem',
  model_not_found: 'This model isn’t on your computer',
  policy_denied: 'Your computer doesn’t allow this',
  rate_limited: 'Too many requests for now',
  shutting_down: 'The relay is restarting',
  queue_full: 'Too much is waiting for your computer',
  payload_too_large: 'The message is too long',
  unauthorized: 'The relay didn’t accept your sign-in',
  signed_out: 'Your sign-in has ended',
  forbidden: 'You may not do this',
  not_found: 'This no longer exists',
  conflict: 'This conversation is still being answered',
  interrupted: 'The answer was interrupted',
  expired: 'Your computer didn’t come back in time',
};

/** A failure from a stable code and the server's message. */
export function failureFrom(code: string, message?: string): Failure {
  const title = TITLES[code] ?? 'Something went wrong';
  return { code, title, detail: code === 'network_error' ? 'Check your connection, then try again.' : message };
}

export function describeFailure(error: unknown): Failure {
  if (error instanceof ApiError) return failureFrom(error.code, error.message);
  if (error instanceof SignInError) return { code: error.code, title: 'Signing in didn’t work', detail: error.message };
  return {
    code: 'unexpected',
    title: 'Something went wrong',
    detail: error instanceof Error ? error.message : undefined,
  };
}
