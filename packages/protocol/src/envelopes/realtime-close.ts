/**
 * Why the relay closes the WebSocket of a person's device (`/ws/chat`, `/ws/status`). What the device does then: `retry`
 * connects again with back-off and goes on after the last id it saw, `renew` gets a newer access token first, `stop`
 * stays away.
 */
export const REALTIME_CLOSE_CODES = {
  /** A message above the limit. */
  1009: { name: 'too_big', after: 'retry' },
  /** The relay restarts. */
  1012: { name: 'restarting', after: 'retry' },
  /** What the device sent is none of its messages, or it sent too many. */
  4400: { name: 'protocol_error', after: 'retry' },
  /** Its token has expired or was revoked, or what it sent to replace it is not good. */
  4401: { name: 'unauthorized', after: 'renew' },
  /** Its person had everything deleted: what it knows is no more, and coming back would begin the account anew. */
  4410: { name: 'erased', after: 'stop' },
  /** It did not read fast enough. */
  4429: { name: 'slow_consumer', after: 'retry' },
} as const;
export type RealtimeCloseCode = keyof typeof REALTIME_CLOSE_CODES;

/** The code of a close reason, for those who close. */
export const REALTIME_CLOSE = {
  restarting: 1012,
  protocolError: 4400,
  unauthorized: 4401,
  erased: 4410,
  slowConsumer: 4429,
} as const satisfies Record<string, RealtimeCloseCode>;

/** What a device may send in one message, in bytes: an access token and its envelope. */
export const MAX_REALTIME_MESSAGE_BYTES = 16 * 1024;
