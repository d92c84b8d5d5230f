import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Whether headers that Node calls late are late, or only wait at the door: a relay that was held up (its computer slept,
 * or has too much to do) looks at its clock before it reads what has come meanwhile.
 */
export class ArrivedRequests {
  readonly #sockets = new WeakSet<Socket>();

  /** Of this HTTP server, also those that become WebSockets. */
  watch(server: EventEmitter): void {
    const arrived = ({ socket }: IncomingMessage): void => void this.#sockets.add(socket);
    server.prependListener('request', arrived).prependListener('upgrade', arrived);
  }

  /** Reads what is there; calls back if that is no whole request. */
  unlessArrived(socket: Socket, late: () => void): void {
    this.#sockets.delete(socket);
    setImmediate(() => {
      if (!this.#sockets.has(socket)) late();
    });
  }
}
