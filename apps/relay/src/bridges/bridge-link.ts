import type {
  BridgeToRelay,
  ChatRequest,
  Exchange,
  ExchangeReceiver,
  ExchangeRequest,
  RelayToBridge,
} from '@cloudtolocalllm/protocol';

/** What a JSON-only bridge sends in reply to a `chat_request`. */
export type ChatReply = Extract<
  BridgeToRelay,
  { type: 'chat_accepted' | 'chat_chunk' | 'chat_complete' | 'chat_error' }
>;

export interface ChatReplyListener {
  message(reply: ChatReply): void;
  /** The bridge is gone for good: no further reply will come. */
  lost(reason: string): void;
}

/** A bridge that is connected now, or was cut off less than the grace period ago. */
export interface BridgeLink {
  readonly bridgeId: string;
  /** What its owner calls it. */
  readonly name: string;
  readonly userId: string;
  /** False for a bridge that speaks only the specification's envelopes. */
  readonly streaming: boolean;
  readonly models: readonly string[];
  /** Its place in its owner's order: the lower one goes first. */
  readonly priority: number;
  /** Exchanges and chat requests that it is answering now. */
  readonly running: number;
  /** Opens an exchange. Throws RelayError: bridge_offline, shutting_down, rate_limited. */
  open(request: ExchangeRequest, receiver: ExchangeReceiver): Exchange;
  /** Sends a chat request that has an id; the listener gets its replies until it is disposed. */
  request(envelope: ChatRequest & { id: string }, listener: ChatReplyListener): Disposable;
  send(envelope: RelayToBridge): void;
}

export interface BridgeLinks {
  /** The link of one bridge of this user, waiting a few seconds for one that was just cut off. Throws RelayError bridge_offline. */
  require(userId: string, bridgeId: string): Promise<BridgeLink>;
  /**
   * The user's connected links, of these bridges alone when they are named; when all were just cut off, waits a few
   * seconds for one to come back.
   */
  online(userId: string, bridges?: ReadonlySet<string>): Promise<readonly BridgeLink[]>;
  /** The user's links that are connected now. */
  ofUser(userId: string): readonly BridgeLink[];
}
