/** Of notifications: said by the worker, outside of the app. */
export const notices = {
  answer: 'The answer is done.',
  offline: 'Your computer has gone offline.',
  online: 'Your computer is online again.',
  test: 'Notifications work on this device.',
  other: 'There is something new.',
};
export type Notices = Record<keyof typeof notices, string>;
