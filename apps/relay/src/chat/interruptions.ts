import { RelayError } from '../errors.ts';

/** What is said of an answer that a killed relay left behind. */
export const INTERRUPTED = {
  code: 'interrupted',
  message: 'The relay was stopped while this answer was written. What was said until then is kept.',
} as const;

/** Why a relay that ends makes no more answers. */
export function shuttingDown(): RelayError {
  return new RelayError(
    'shutting_down',
    'The relay is restarting. What was said until now is kept; ask again in a moment.',
  );
}

/** Why nothing else is done in a conversation. */
export function beingAnswered(): RelayError {
  const message = 'This conversation is still being answered. Wait for the answer or stop it first.';
  return new RelayError('conflict', message);
}
