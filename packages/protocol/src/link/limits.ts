const KB = 1024;
const MB = 1024 * KB;

/** Every limit of the link, each with its reason. Bytes and milliseconds. */
export const LINK_LIMITS = {
  /** DATA payload of one frame that is accepted: a whole message of one exchange. */
  frameBytes: 64 * KB,
  /** DATA of one exchange while others wait: what a token may have to wait behind. */
  turnBytes: 16 * KB,
  /** DATA of one that has just become ready while others wait: a token and more, but not the body behind it. */
  freshBytes: 2 * KB,
  /** Frames gathered in one WebSocket message: bulk bodies get few system calls, tokens never wait for more. */
  messageBytes: 64 * KB,
  /** A binary message that is accepted: `messageBytes` and one frame with the largest head. */
  maxMessageBytes: 160 * KB,
  /** Write only while less than this waits in the socket, so that a new token is never behind more. */
  socketBufferBytes: 256 * KB,
  /** Credit of each direction of a fresh exchange; part of the protocol: both sides start with it. */
  initialWindow: 64 * KB,
  /** An exchange whose reader keeps up is granted up to this: a 64 MB body over a distant link. */
  maxWindow: 1 * MB,
  /** Credit above `initialWindow` granted at once to all exchanges of the process: slow readers can't hold more. */
  windowPoolBytes: 8 * MB,
  /** What an exchange takes from its writer before `write` says false. */
  writeBufferBytes: 64 * KB,
  /** Sent and not yet acknowledged, per link: kept for replay. How much of it a path may hold is found by its delay. */
  unackedBytes: 4 * MB,
  /** The same over all links of the process. */
  processUnackedBytes: 128 * MB,
  /** Envelopes waiting for the socket, per link. */
  queuedEnvelopes: 256,
  /** Running at once on one link. */
  exchanges: 1024,
  /** Control frames waiting for the socket, per link: a peer that opens and never reads can't pile up answers. */
  queuedControl: 4096,
  /** Encoded method, path and headers of one exchange; HTTP servers refuse more than 16 KB. */
  headBytes: 64 * KB,
  /** The longest method of HTTP's registry has 17. */
  methodBytes: 32,
  /** What HTTP servers accept of a request line. */
  pathBytes: 8 * KB,
  headers: 256,
  /** A sentence for a person or the log. */
  reasonBytes: 512,
  /** From connecting to a valid HELLO. */
  handshakeMs: 10_000,
  /**
   * Silence after which a peer is pinged, and the time it then has. Looked at once per `pongMs`: a dead one is found in 9 to
   * 13 s, and one that is alive has time to answer over a line of which a fifth is lost.
   */
  pingMs: 5_000,
  pongMs: 4_000,
  /** Acknowledge after this many bytes, or this long after the first unacknowledged message. */
  ackBytes: 64 * KB,
  ackMs: 100,
  /** A cut link is kept this long for its bridge to come back. */
  graceMs: 90_000,
} as const;
export type LinkLimits = { readonly [Name in keyof typeof LINK_LIMITS]: number };
