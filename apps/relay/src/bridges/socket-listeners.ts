import { CLOSE, linkSocket, ProtocolError, type CloseCode } from '@cloudtolocalllm/protocol';
import type { WebSocket } from 'ws';
import type { BridgeConnection, BridgeIdentity } from './bridge-connection.ts';

/** A WebSocket of a bridge: first an arrival (a streaming one, until its HELLO), then part of a connection. */
export interface BridgeSocket extends WebSocket {
  connection?: BridgeConnection | undefined;
  arrival?: Arrival | undefined;
}

/** A streaming bridge between its connecting and its HELLO. */
export interface Arrival {
  readonly host: ArrivalHost;
  readonly identity: BridgeIdentity;
  /** When its session token ends, in ms since 1970. */
  readonly expiresAt: number;
  readonly timer: NodeJS.Timeout;
}

/** What an arrival tells the hub. */
export interface ArrivalHost {
  /** Its first message came. Throws ProtocolError when that is no HELLO. */
  greet(socket: BridgeSocket, arrival: Arrival, message: Buffer, isBinary: boolean): void;
  /** It is one no longer: greeted, refused or gone. */
  arrived(socket: BridgeSocket): void;
  /** A fault of our own, for the log. */
  fault(error: unknown, bridgeId: string): void;
}

/** Listens to a bridge's socket. The listeners are shared functions, which keeps an idle bridge small. */
export function listen(socket: BridgeSocket): void {
  socket
    .on('message', onMessage)
    .on('pong', onPong)
    .on('ping', onHeard)
    .on('close', onClose)
    .on('error', onSocketError);
}

/** Closes a socket; nothing that still comes on it counts. */
export function refuse(socket: BridgeSocket, code: CloseCode, reason: string): void {
  socket.arrival?.host.arrived(socket);
  linkSocket(socket).close(code, reason); // cuts a reason that is too long for a close frame
}

// `this` is the socket. What is thrown here would end the process, so everything is caught.

function onMessage(this: BridgeSocket, data: Buffer, isBinary: boolean): void {
  const { connection, arrival } = this;
  const owner = connection?.owner ?? arrival?.host;
  try {
    if (connection) connection.receive(data, isBinary);
    else arrival?.host.greet(this, arrival, data, isBinary);
  } catch (error) {
    if (!(error instanceof ProtocolError)) owner?.fault(error, (connection ?? arrival?.identity)?.bridgeId ?? '');
    const reason = error instanceof ProtocolError ? error.message : 'internal error';
    if (connection) connection.owner.broken(connection, reason);
    else refuse(this, CLOSE.protocolError, reason);
  }
}

function onHeard(this: BridgeSocket): void {
  if (this.connection) this.connection.heardAt = performance.now();
}

function onPong(this: BridgeSocket): void {
  this.connection?.ponged();
}

function onClose(this: BridgeSocket, code: number): void {
  this.arrival?.host.arrived(this);
  const { connection } = this;
  this.connection = undefined; // never `delete`: it turns the socket into a slow and large object
  if (connection) connection.owner.lost(connection, code);
}

/** The close event that follows says all that matters: a broken socket is nothing unusual. */
function onSocketError(this: BridgeSocket): void {}
