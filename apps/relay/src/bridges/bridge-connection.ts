import {
  bridgeToRelay,
  CLOSE,
  envelopeParser,
  linkSocket,
  ProtocolError,
  type ChatRequest,
  type Exchange,
  type ExchangeReceiver,
  type ExchangeRequest,
  type Link,
  type Pulse,
  type RelayToBridge,
  type ResetCode,
  type StatusUpdate,
} from '@cloudtolocalllm/protocol';
import type { WebSocket } from 'ws';
import { RelayError } from '../errors.ts';
import type { BridgeLink, ChatReply, ChatReplyListener } from './bridge-link.ts';

const readEnvelope = envelopeParser(bridgeToRelay);

/** Who connects, as its session token says. */
export interface BridgeIdentity {
  bridgeId: string;
  userId: string;
  /** What its owner calls it. */
  name: string;
  streaming: boolean;
  /** Its place in its owner's order: kept here, so that choosing a bridge costs no query. */
  priority: number;
}

/** What a connection tells the hub. */
export interface ConnectionOwner {
  readonly draining: boolean;
  reported(connection: BridgeConnection): void;
  /** A newer session token was sent on the socket; rejects when it is not one for this bridge. */
  renewed(connection: BridgeConnection, token: string): Promise<void>;
  /** Its socket was closed. */
  lost(connection: BridgeConnection, code: number): void;
  /** A reply that nobody on this connection asked for, or waits for any more. */
  unclaimed(connection: BridgeConnection, reply: ChatReply): void;
  /** It sent what no bridge may send: its session is over. */
  broken(connection: BridgeConnection, reason: string): void;
  /** A fault of our own, for the log. */
  fault(error: unknown, bridgeId: string): void;
}

/**
 * One bridge as the relay sees it: its socket of the moment, its link (or, for a JSON-only bridge, its running chat
 * requests) and its last report. Lives from the first socket until the session is over.
 */
export class BridgeConnection implements BridgeLink, Pulse {
  readonly identity: BridgeIdentity;
  readonly connectedAt = Date.now();
  heardAt = performance.now();
  lastSeen = Date.now();
  report: StatusUpdate['payload'] | undefined;
  /** The process of a streaming bridge, from its HELLO. */
  instance: string | undefined;
  link: Link | undefined;
  socket: WebSocket | undefined;
  /** When the session token of this socket ends, in ms since 1970. */
  expiresAt: number;
  /** When the socket was lost, in `performance.now()` ms. */
  cutAt: number | undefined;
  /** Round trip of the last ping, in ms. */
  roundTripMs: number | undefined;
  #pingedAt = 0;
  #renewing = false;
  #chats: Map<string, ChatReplyListener> | undefined;
  readonly owner: ConnectionOwner;

  constructor(identity: BridgeIdentity, expiresAt: number, owner: ConnectionOwner) {
    this.identity = identity;
    this.expiresAt = expiresAt;
    this.owner = owner;
  }

  get bridgeId(): string {
    return this.identity.bridgeId;
  }

  get name(): string {
    return this.identity.name;
  }

  get userId(): string {
    return this.identity.userId;
  }

  get streaming(): boolean {
    return this.identity.streaming;
  }

  get models(): readonly string[] {
    return this.report?.models ?? [];
  }

  get priority(): number {
    return this.identity.priority;
  }

  get running(): number {
    return (this.link?.exchangeCount ?? 0) + (this.#chats?.size ?? 0);
  }

  get connected(): boolean {
    return this.socket !== undefined;
  }

  open(request: ExchangeRequest, receiver: ExchangeReceiver): Exchange {
    this.#requireOnline();
    if (!this.link)
      throw new RelayError('bridge_offline', `Cannot open exchange: bridge "${this.identity.name}" speaks only chat`);
    try {
      return this.link.open(request, receiver);
    } catch (error) {
      if (error instanceof RangeError) {
        throw new RelayError('bad_request', `${error.message}. Send fewer or shorter headers, or a shorter path.`, {
          cause: error,
        });
      }
      throw new RelayError(
        'rate_limited',
        `Bridge "${this.identity.name}" has too many requests running. Try again in a moment.`,
        {
          cause: error,
        },
      );
    }
  }

  request(envelope: ChatRequest & { id: string }, listener: ChatReplyListener): Disposable {
    this.#requireOnline();
    if (!this.#sendText(JSON.stringify(envelope))) {
      throw new RelayError('rate_limited', `Too much waits for bridge "${this.identity.name}". Try again in a moment.`);
    }
    const chats = (this.#chats ??= new Map());
    chats.set(envelope.id, listener);
    return {
      [Symbol.dispose]() {
        // A message of the queue is asked for again under the same id.
        if (chats.get(envelope.id) === listener) chats.delete(envelope.id);
      },
    };
  }

  send(envelope: RelayToBridge): void {
    this.#sendText(JSON.stringify(envelope));
  }

  ping(): void {
    this.#pingedAt = performance.now();
    this.socket?.ping();
  }

  ponged(): void {
    this.heardAt = performance.now();
    this.roundTripMs = this.heardAt - this.#pingedAt;
  }

  /** Half-open: nothing was heard for too long. The socket's close event does the rest. */
  dead(): void {
    this.socket?.terminate();
  }

  /** A message of its socket. Throws ProtocolError; a link closes itself instead. */
  receive(message: Buffer, isBinary: boolean): void {
    this.heardAt = performance.now();
    if (this.link) this.link.receive(isBinary ? message : message.toString());
    else if (isBinary) throw new ProtocolError('a bridge without the capability "streaming" sends text only');
    else this.receiveEnvelope(message.toString());
  }

  /** A text message of a JSON-only bridge, or of a link. Throws ProtocolError saying what is wrong with it. */
  receiveEnvelope(text: string): void {
    const envelope = readEnvelope(text);
    if (envelope === undefined) return; // of a later version: receivers ignore what they don't know
    switch (envelope.type) {
      case 'status_update':
        this.report = envelope.payload;
        this.owner.reported(this);
        return;
      case 'authenticate': {
        if (this.#renewing) return; // each check is a query: a flood of them costs one at a time
        this.#renewing = true;
        const { socket } = this; // by the time the token is checked there may be another one
        this.owner
          .renewed(this, envelope.payload.token)
          .catch(() => {
            socket?.close(CLOSE.unauthorized, 'the token sent with authenticate is not valid for this bridge');
          })
          .finally(() => (this.#renewing = false));
        return;
      }
      default: {
        const listener = this.#chats?.get(envelope.payload.requestId);
        if (listener) listener.message(envelope);
        else this.owner.unclaimed(this, envelope);
      }
    }
  }

  /** The session is over: everything that runs on it fails with this reason. */
  end(code: number, reason: string, resetCode?: ResetCode): void {
    const { link, socket } = this;
    this.socket = undefined;
    if (link) link.close(code, reason, undefined, resetCode);
    for (const listener of this.#chats?.values() ?? []) listener.lost(reason);
    this.#chats = undefined;
    if (socket) linkSocket(socket).close(code, reason); // cuts a reason that is too long for a close frame
  }

  #requireOnline(): void {
    if (this.owner.draining) throw new RelayError('shutting_down', 'The relay is restarting. Try again in a moment.');
    if (!this.connected) {
      throw new RelayError('bridge_offline', `Cannot open exchange: bridge "${this.identity.name}" is offline`);
    }
  }

  /** False when too many wait for the bridge: it is dropped. */
  #sendText(text: string): boolean {
    if (this.link) return this.link.sendEnvelope(text);
    this.socket?.send(text);
    return true;
  }
}
