const MB = 1024 * 1024;
const MINUTE_MS = 60_000;

export interface QueueLimits {
  /** Messages of one bridge that have not ended, and the bytes of their payloads: what waits is on the relay's disk. */
  waiting: number;
  waitingBytes: number;
  /** One payload: with its envelope it stays below MAX_ENVELOPE_BYTES. */
  payloadBytes: number;
  /** Of an answer, its thinking included; as in chat. */
  answerCharacters: number;
  /** How long after its expiry a bridge that has begun with one may stay away. */
  lostMs: number;
  /** A connected bridge gives its engine up before: longer than its own patience with one that loads a model. */
  silentMs: number;
  /** How long the ended ones can be fetched. */
  keptMs: number;
  /** Between looks at what has expired. */
  sweepMs: number;
  /** After a bridge that is there could not be sent something. */
  retryMs: number;
  /** Replies for messages that are not running, being looked up at the same time: a flood of them is not. */
  lookups: number;
}

export const QUEUE_LIMITS: QueueLimits = {
  waiting: 1000,
  waitingBytes: 32 * MB,
  payloadBytes: 4 * MB - 16 * 1024,
  answerCharacters: 2_000_000,
  lostMs: 60 * MINUTE_MS,
  silentMs: 70 * MINUTE_MS,
  keptMs: 7 * 24 * 60 * MINUTE_MS,
  sweepMs: 5_000,
  retryMs: 2_000,
  lookups: 64,
};
