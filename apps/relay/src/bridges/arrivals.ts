import {
  CLOSE,
  decodeHello,
  LINK_LIMITS,
  MESSAGE,
  PROTOCOL_VERSION,
  ProtocolError,
  type CloseCode,
  type Hello,
} from '@cloudtolocalllm/protocol';
import type { BridgeIdentity } from './bridge-connection.ts';
import { ReplacedInstances } from './replaced-instances.ts';
import { refuse, type Arrival, type ArrivalHost, type BridgeSocket } from './socket-listeners.ts';

/** What arrivals need of the hub. */
export interface ArrivalsOptions {
  /** One has said HELLO, and may come in. */
  greeted(socket: BridgeSocket, arrival: Arrival, hello: Hello): void;
  /** A fault of our own, for the log. */
  fault(error: unknown, bridgeId: string): void;
}

/** The streaming bridges between their connecting and their HELLO. */
export class Arrivals implements ArrivalHost {
  readonly #options: ArrivalsOptions;
  readonly #sockets = new Set<BridgeSocket>();
  readonly #replaced = new ReplacedInstances();

  constructor(options: ArrivalsOptions) {
    this.#options = options;
  }

  /** Waits for the HELLO of an authenticated socket. */
  add(socket: BridgeSocket, identity: BridgeIdentity, expires: Date): void {
    const timer = setTimeout(() => refuse(socket, CLOSE.handshakeTimeout, 'no HELLO'), LINK_LIMITS.handshakeMs);
    socket.arrival = { host: this, identity, expiresAt: expires.getTime(), timer };
    this.#sockets.add(socket);
  }

  update(bridgeId: string, changes: Partial<Pick<BridgeIdentity, 'name' | 'priority'>>): void {
    for (const { arrival } of this.#sockets) {
      if (arrival?.identity.bridgeId === bridgeId) Object.assign(arrival.identity, changes);
    }
  }

  /** Closes those of one bridge, or all. */
  refuse(code: CloseCode, reason: string, bridgeId?: string): void {
    for (const socket of this.#sockets) {
      if (bridgeId === undefined || socket.arrival?.identity.bridgeId === bridgeId) refuse(socket, code, reason);
    }
  }

  /** Another process took the place of this one: it is told so when it comes back. */
  replaced(instance: string): void {
    this.#replaced.add(instance);
  }

  // ArrivalHost

  greet(socket: BridgeSocket, arrival: Arrival, message: Buffer, isBinary: boolean): void {
    if (!isBinary || message[0] !== MESSAGE.hello) throw new ProtocolError('expected HELLO');
    const hello = decodeHello(message);
    if (hello.version < PROTOCOL_VERSION) {
      return refuse(
        socket,
        CLOSE.versionUnsupported,
        `the relay speaks version ${PROTOCOL_VERSION}: update the bridge`,
      );
    }
    if (this.#replaced.has(hello.instance)) {
      return refuse(socket, CLOSE.replaced, 'another process connected as this bridge');
    }
    this.arrived(socket);
    this.#options.greeted(socket, arrival, hello);
  }

  arrived(socket: BridgeSocket): void {
    clearTimeout(socket.arrival?.timer);
    socket.arrival = undefined;
    this.#sockets.delete(socket);
  }

  fault(error: unknown, bridgeId: string): void {
    this.#options.fault(error, bridgeId);
  }
}
