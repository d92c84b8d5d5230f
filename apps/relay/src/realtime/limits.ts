/** What a device's socket and its user's feed may hold. */
export interface RealtimeLimits {
  /** Changes that a feed keeps for devices that come back: hours of an ordinary day. */
  ringEntries: number;
  /** Their characters: a long answer is told whole when it ends. */
  ringCharacters: number;
  /** Changes that wait to be read from the database; with more, devices are told to fetch everything anew. */
  pendingChanges: number;
  /** How long a feed goes on without devices: a phone between two cells, a laptop between two rooms. */
  lingerMs: number;
  /** Feeds without devices; the one that has been so for longest makes room. */
  lingeringFeeds: number;
  /** Bytes that wait in a socket before it gets no more; the rest waits where it is kept anyway. */
  bufferedBytes: number;
  /** A socket that takes nothing for so long is closed. */
  stalledMs: number;
  /** Messages that a device may send at once, and then in a second. */
  messageBurst: number;
  messagesPerSecond: number;
}

export const REALTIME_LIMITS: RealtimeLimits = {
  ringEntries: 1_000,
  ringCharacters: 2_000_000,
  pendingChanges: 1_000,
  lingerMs: 5 * 60_000,
  lingeringFeeds: 200,
  bufferedBytes: 256 * 1024,
  stalledMs: 30_000,
  messageBurst: 10,
  messagesPerSecond: 2,
};
