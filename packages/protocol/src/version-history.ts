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
      'chat_accepted and chat_received for the queue; options, images and queued in chat_request; thinking in chat_chunk; mayManageModels in status_update.',
      'Reset codes proxy_denied, proxy_limit and proxy_ended, between the relay and its proxies alone.',
    ],
    wire: 'dfd212a5f70086dd',
    rest: 'd11e2b257c27a275',
  },
];
