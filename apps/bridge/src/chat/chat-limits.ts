export interface ChatLimits {
  /** Requests that are with the engine at the same time; a relay gives a bridge one of its queue after the other. */
  concurrent: number;
  /** Of an answer, its thinking included. */
  answerCharacters: number;
  /** Of one chat_chunk: every character escaped, it stays below MAX_ENVELOPE_BYTES. */
  chunkCharacters: number;
  /** Requests in the journal, and how long one stays there without a word of the relay. */
  journalEntries: number;
  journalMs: number;
  /** Told of at the start of a session; the rest at the next one. */
  announced: number;
  /** Until an envelope is tried again that the link had no room for. */
  retryMs: number;
}

export const CHAT_LIMITS: ChatLimits = {
  concurrent: 4,
  answerCharacters: 2_000_000,
  chunkCharacters: 256 * 1024,
  journalEntries: 1000,
  journalMs: 7 * 24 * 60 * 60_000,
  announced: 100,
  retryMs: 100,
};
