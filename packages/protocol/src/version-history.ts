/** One version of the protocol: what changed, and the hashes of its schemas as `version.test.ts` computes them. */
interface VersionEntry {
  version: number;
  /** One line per change; a compatible addition adds a line to its version. */
  changes: readonly string[];
  /** Frames, handshake, codes, initial window, envelopes: what a bridge has to speak. */
  wire: string;
  /** The schemas of the REST API. */
  rest: string;
}

/** Oldest first; the last one is spoken. */
export const VERSION_HISTORY: readonly VersionEntry[] = [
  {
    version: 1,
    changes: [
      'The first version: HELLO, WELCOME, ACK, FRAMES; status_update, authenticate, chat_request, chat_chunk, chat_complete, chat_error, chat_cancel.',
    ],
    wire: 'edae1a45fbcc204d',
    rest: 'a309a2bbba619c3b',
  },
];
