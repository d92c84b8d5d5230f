/** Why an exchange was ended early, with its number on the wire. */
export const RESET_CODES = {
  cancelled: 1,
  engine_unreachable: 2,
  engine_failed: 3,
  policy_denied: 4,
  idle_timeout: 5,
  too_large: 6,
  refused: 7,
  shutting_down: 8,
  link_lost: 9,
  protocol_error: 10,
  /** Of a proxy alone, for what it does not let through; no bridge says these two. */
  proxy_denied: 11,
  /** Of a proxy alone: a limit of its owner's is used up. */
  proxy_limit: 12,
  /** Of a proxy alone: it ended while it answered. */
  proxy_ended: 13,
} as const;
export type ResetCode = keyof typeof RESET_CODES;

const RESET_NAMES = new Map(Object.entries(RESET_CODES).map(([name, code]) => [code as number, name as ResetCode]));

/** The name of a reset code; a number this version does not know is `cancelled`. */
export function resetName(code: number): ResetCode {
  return RESET_NAMES.get(code) ?? 'cancelled';
}

/**
 * WebSocket close codes of `/ws/bridge`. What the bridge does then: `retry` reconnects with back-off (and resumes where
 * it can), `renew` gets a new session token first, `stop` tells its person and stays away.
 */
export const CLOSE_CODES = {
  /** Sent by a bridge that was stopped by its person: the session is over. To a bridge only a proxy on the way says it. */
  1000: { name: 'stopped', after: 'retry' },
  /** A message above the limit. */
  1009: { name: 'too_big', after: 'retry' },
  /** The relay restarts. */
  1012: { name: 'restarting', after: 'retry' },
  4400: { name: 'protocol_error', after: 'retry' },
  4401: { name: 'unauthorized', after: 'renew' },
  4404: { name: 'deleted', after: 'stop' },
  4406: { name: 'version_unsupported', after: 'stop' },
  4408: { name: 'handshake_timeout', after: 'retry' },
  /** Another process with the same bridge id connected later. */
  4409: { name: 'replaced', after: 'stop' },
  /** The same process connected again: the old socket ends, the session goes on. */
  4410: { name: 'superseded', after: 'retry' },
} as const;
export type CloseCode = keyof typeof CLOSE_CODES;

/** The code of a close reason, for those who close. */
export const CLOSE = {
  stopped: 1000,
  restarting: 1012,
  protocolError: 4400,
  unauthorized: 4401,
  deleted: 4404,
  versionUnsupported: 4406,
  handshakeTimeout: 4408,
  replaced: 4409,
  superseded: 4410,
} as const satisfies Record<string, CloseCode>;

/** What a bridge does after its socket was closed with this code; a code nobody listed means: try again. */
export function afterClose(code: number): 'retry' | 'renew' | 'stop' {
  return code in CLOSE_CODES ? CLOSE_CODES[code as CloseCode].after : 'retry';
}

/** The peer broke the protocol; its socket is closed with 4400 and this message. */
export class ProtocolError extends Error {
  readonly code = 'protocol_error';
}
