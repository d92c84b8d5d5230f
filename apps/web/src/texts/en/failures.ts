/** What went wrong, by the stable codes of the relay. */
const titles: Record<string, string> = {
  not_saved: 'This conversation isn’t on this device. It opens when you’re online again',
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
  unknown_state: 'Signing in didn’t work',
  refused: 'Signing in didn’t work',
  invalid_response: 'Signing in didn’t work',
};

export const failures = {
  titles,
  unexpected: 'Something went wrong',
  checkConnection: 'Check your connection, then try again.',
  notSaved: (problem: string) => `Not saved: ${problem}`,
  fileTooLarge: (megabytes: number) => `The file is larger than ${megabytes} MB`,
};
