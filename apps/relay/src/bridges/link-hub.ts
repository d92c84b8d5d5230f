import {
  CLOSE,
  encodeWelcome,
  Heartbeat,
  Link,
  LINK_LIMITS,
  LinkBudget,
  linkSocket,
  PROTOCOL_VERSION,
  type Hello,
  type StatusUpdate,
} from '@cloudtolocalllm/protocol';
import { LRUCache } from 'lru-cache';
import type { WebSocket } from 'ws';
import { RelayError } from '../errors.ts';
import { Arrivals } from './arrivals.ts';
import { BridgeConnection, type BridgeIdentity, type ConnectionOwner } from './bridge-connection.ts';
import type { BridgeLink, BridgeLinks, ChatReply } from './bridge-link.ts';
import { ConnectedLinks } from './connected-links.ts';
import { ConnectionTable } from './connection-table.ts';
import { listen, refuse, type Arrival, type BridgeSocket } from './socket-listeners.ts';

/** What the hub needs of the rest of the relay. */
export interface LinkHubOptions {
  /** Checks a newer session token; throws when it is not one. */
  verifyToken(token: string): Promise<{ bridgeId: string; expires: Date }>;
  /** A bridge connected, reported or went away: to be kept and told. */
  changed?(connection: BridgeConnection): void;
  /** A bridge said how its engine and its computer are. */
  reported?(connection: BridgeConnection): void;
  /** A bridge replied to what nobody waits for any more. */
  unclaimed?(link: BridgeLink, reply: ChatReply): void;
  /** A fault of our own, for the log. */
  onError?(error: unknown, bridgeId: string): void;
  graceMs?: number;
}

/** Between looks at expired tokens, missing acknowledgements and ended grace periods. */
const PATROL_MS = 1_000;
/** An attached peer acknowledges within `ackMs` and a round trip; one that does not only fills our memory. */
const MAX_ACK_DELAY_MS = 30_000;
/** Far more than can be deleted while a token is checked. */
const MAX_DROPPED = 10_000;
const REMOVED = 'this bridge was removed from the relay';

/** Who holds which bridge: accepts their sockets, resumes their sessions, ends them after the grace period. */
export class LinkHub implements BridgeLinks, ConnectionOwner, Disposable {
  draining = false;
  readonly budget = new LinkBudget();
  readonly #options: LinkHubOptions;
  readonly #graceMs: number;
  readonly #connections = new ConnectionTable();
  readonly #links = new ConnectedLinks(this.#connections);
  readonly #arrivals = new Arrivals({
    greeted: (socket, arrival, hello) => this.#greeted(socket, arrival, hello),
    fault: (error, bridgeId) => this.fault(error, bridgeId),
  });
  /** Against tokens that were checked just before their bridge was deleted; ids don't come again. */
  readonly #dropped = new LRUCache<string, true>({ max: MAX_DROPPED });
  readonly #heartbeat = new Heartbeat();
  readonly #patrol: NodeJS.Timeout;

  constructor(options: LinkHubOptions) {
    this.#options = options;
    this.#graceMs = options.graceMs ?? LINK_LIMITS.graceMs;
    this.#patrol = setInterval(() => this.#look(performance.now()), PATROL_MS).unref();
  }

  /** Requests that wait for a bridge to come back. */
  get waiting(): number {
    return this.#links.waiting;
  }

  /** Bridges whose socket is open now. */
  get connectedCount(): number {
    return this.#connections.connectedCount;
  }

  get exchangeCount(): number {
    return this.#connections.exchangeCount;
  }

  /** Round trips of the connected bridges' last pings, in milliseconds. */
  get roundTripsMs(): number[] {
    return this.#connections.roundTripsMs;
  }

  /** Takes over an authenticated socket. `expires` ends it unless a newer token is sent on it. */
  accept(webSocket: WebSocket, identity: BridgeIdentity, expires: Date): void {
    const socket = webSocket as BridgeSocket; // as: the two fields of ours are optional
    listen(socket);
    // Its token was being checked when the relay began to shut down.
    if (this.draining) return refuse(socket, CLOSE.restarting, 'the relay restarts');
    if (this.#dropped.has(identity.bridgeId)) return refuse(socket, CLOSE.deleted, REMOVED);
    if (identity.streaming) return this.#arrivals.add(socket, identity, expires);
    const current = this.#connections.get(identity.bridgeId);
    if (current) {
      this.#remove(current);
      current.end(CLOSE.replaced, 'another process connected as this bridge');
    }
    const connection = new BridgeConnection(identity, expires.getTime(), this);
    this.#install(connection, socket);
  }

  get(bridgeId: string): { connected: boolean; lastSeen: Date; report?: StatusUpdate['payload'] } | undefined {
    const connection = this.#connections.get(bridgeId);
    if (!connection) return undefined;
    const { connected, lastSeen, report } = connection;
    return { connected, lastSeen: connected ? new Date() : new Date(lastSeen), ...(report && { report }) };
  }

  /** Its owner named it or put it in another place: its connection, if it has one, knows at once. */
  update(bridgeId: string, changes: Partial<Pick<BridgeIdentity, 'name' | 'priority'>>): void {
    const connection = this.#connections.get(bridgeId);
    if (connection) Object.assign(connection.identity, changes);
    this.#arrivals.update(bridgeId, changes);
  }

  /** The bridge was deleted: its socket is closed and it is told to stay away. */
  drop(bridgeId: string): void {
    this.#dropped.set(bridgeId, true);
    this.#arrivals.refuse(CLOSE.deleted, REMOVED, bridgeId);
    const connection = this.#connections.get(bridgeId);
    if (!connection) return;
    this.#remove(connection);
    connection.end(CLOSE.deleted, REMOVED);
  }

  require(userId: string, bridgeId: string): Promise<BridgeLink> {
    return this.#links.require(userId, bridgeId);
  }

  ofUser(userId: string): readonly BridgeLink[] {
    return this.#links.ofUser(userId);
  }

  online(userId: string, bridges?: ReadonlySet<string>): Promise<readonly BridgeLink[]> {
    return this.#links.online(userId, bridges);
  }

  /** No new exchanges; resolves when the running ones have ended or the signal says that it took long enough. */
  async drain(signal: AbortSignal): Promise<void> {
    this.draining = true;
    while (this.exchangeCount > 0 && !signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Tells every bridge that the relay restarts; what still runs is reset with `shutting_down`. */
  [Symbol.dispose](): void {
    this.draining = true;
    clearInterval(this.#patrol);
    this.#arrivals.refuse(CLOSE.restarting, 'the relay restarts');
    this.#heartbeat[Symbol.dispose]();
    for (const connection of this.#connections.all()) {
      this.#remove(connection);
      connection.end(CLOSE.restarting, 'the relay restarts', 'shutting_down');
      this.#options.changed?.(connection);
    }
  }

  // ConnectionOwner

  reported(connection: BridgeConnection): void {
    this.#options.reported?.(connection);
    this.#options.changed?.(connection);
  }

  unclaimed(connection: BridgeConnection, reply: ChatReply): void {
    this.#options.unclaimed?.(connection, reply);
  }

  async renewed(connection: BridgeConnection, token: string): Promise<void> {
    const { bridgeId, expires } = await this.#options.verifyToken(token);
    if (bridgeId !== connection.bridgeId) throw new RelayError('unauthorized', 'The token is for another bridge');
    connection.expiresAt = expires.getTime();
  }

  /** The socket of a connection was closed with this code. */
  lost(connection: BridgeConnection, code: number): void {
    this.#heartbeat.remove(connection);
    connection.socket = undefined;
    connection.lastSeen = Date.now();
    connection.cutAt = performance.now();
    connection.link?.detach();
    // A bridge stopped by its person says 1000; a JSON-only one has nothing to resume.
    if (code === CLOSE.stopped || !connection.link) {
      this.#remove(connection);
      connection.end(code, `bridge "${connection.identity.name}" went offline`);
    }
    this.#options.changed?.(connection);
  }

  /** A bridge broke the protocol outside its link. */
  broken(connection: BridgeConnection, reason: string): void {
    this.#remove(connection);
    connection.end(CLOSE.protocolError, reason);
    this.#options.changed?.(connection);
  }

  fault(error: unknown, bridgeId: string): void {
    this.#options.onError?.(error, bridgeId);
  }

  #greeted(socket: BridgeSocket, arrival: Arrival, hello: Hello): void {
    const current = this.#connections.get(arrival.identity.bridgeId);
    const resumes =
      current?.link &&
      !current.link.closed &&
      current.instance === hello.instance &&
      current.link.session === hello.session;
    if (resumes) this.#resume(current, socket, arrival, hello);
    else this.#begin(current, socket, arrival, hello);
  }

  #resume(connection: BridgeConnection, socket: BridgeSocket, arrival: Arrival, hello: Hello): void {
    const link = connection.link!; // checked above
    const old: BridgeSocket | undefined = connection.socket;
    if (old) {
      old.connection = undefined; // detached before the new one speaks
      this.#heartbeat.remove(connection);
      link.detach();
      old.close(CLOSE.superseded, 'connected again');
    }
    connection.expiresAt = arrival.expiresAt;
    this.#welcome(socket, link, true);
    this.#install(connection, socket);
    try {
      link.attach(linkSocket(socket), hello.received);
    } catch (error) {
      link.close(CLOSE.protocolError, (error as Error).message); // attach throws ProtocolError alone
      socket.close(CLOSE.protocolError, (error as Error).message);
    }
  }

  #begin(current: BridgeConnection | undefined, socket: BridgeSocket, arrival: Arrival, hello: Hello): void {
    if (current) {
      const replaced = current.instance !== hello.instance;
      if (replaced && current.instance) this.#arrivals.replaced(current.instance);
      this.#remove(current);
      const reason = replaced ? 'another process connected as this bridge' : 'the bridge began a new session';
      current.end(replaced ? CLOSE.replaced : CLOSE.superseded, reason);
    }
    const connection = new BridgeConnection(arrival.identity, arrival.expiresAt, this);
    connection.instance = hello.instance;
    connection.link = new Link({
      session: crypto.randomUUID(),
      budget: this.budget,
      envelope: (text) => connection.receiveEnvelope(text),
      closed: (_code, _reason, error) => {
        if (error) this.fault(error, connection.bridgeId);
        if (this.#connections.get(connection.bridgeId) === connection) this.#gone(connection);
      },
    });
    this.#welcome(socket, connection.link, false);
    this.#install(connection, socket);
    connection.link.attach(linkSocket(socket), 0);
  }

  #welcome(socket: BridgeSocket, { session, received }: Link, resumed: boolean): void {
    socket.send(encodeWelcome({ version: PROTOCOL_VERSION, resumed, session, received, graceMs: this.#graceMs }));
  }

  #install(connection: BridgeConnection, socket: BridgeSocket): void {
    socket.connection = connection;
    connection.socket = socket;
    connection.cutAt = undefined;
    connection.heardAt = performance.now();
    this.#connections.add(connection);
    this.#heartbeat.add(connection);
    this.#links.wake();
    this.#options.changed?.(connection);
  }

  /** Its session ended by itself, with its socket: the protocol was broken. */
  #gone(connection: BridgeConnection): void {
    this.#remove(connection);
    connection.socket = undefined;
    this.#options.changed?.(connection);
  }

  #remove(connection: BridgeConnection): void {
    this.#heartbeat.remove(connection);
    if (connection.socket) (connection.socket as BridgeSocket).connection = undefined;
    this.#connections.remove(connection);
  }

  #look(now: number): void {
    for (const connection of this.#connections.all()) {
      if (connection.cutAt !== undefined && now - connection.cutAt > this.#graceMs) {
        this.#remove(connection);
        connection.end(CLOSE.stopped, `bridge "${connection.identity.name}" did not come back`);
      } else if (connection.connected && Date.now() >= connection.expiresAt) {
        connection.socket?.close(CLOSE.unauthorized, 'the session token has expired');
      } else if ((connection.link?.overdueMs(now) ?? 0) > MAX_ACK_DELAY_MS) {
        connection.dead();
      }
    }
  }
}
