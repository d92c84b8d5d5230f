import { once } from 'node:events';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';

/** Of the kernel: `sun_path` of unix(7), less its end. */
export const MAX_SOCKET_PATH_BYTES = 107;
export const CLIENT_SOCKET = 'client.sock';
export const BRIDGE_SOCKET = 'bridge.sock';

/**
 * The two sockets at which a relay waits for one worker, in a folder that its container sees. Nobody else comes to the
 * folder: the one above it is the relay's alone.
 */
export class WorkerSockets implements AsyncDisposable {
  readonly folder: string;
  /** Rejects when they are closed before the worker has come. */
  readonly connected: Promise<[clientSide: Socket, bridgeSide: Socket]>;
  readonly #servers: readonly Server[];
  readonly #accepted: Socket[] = [];
  readonly #closed = Promise.withResolvers<never>();
  #complete = false;

  private constructor(folder: string, [client, bridge]: [Server, Server]) {
    this.folder = folder;
    this.#servers = [client, bridge];
    const both = Promise.all([this.#onlyConnection(client), this.#onlyConnection(bridge)]);
    this.connected = Promise.race([both, this.#closed.promise]);
    this.connected.then(
      () => (this.#complete = true),
      () => undefined,
    );
  }

  /** @throws Error when the folder can't be made, or is there already. */
  static async open(folder: string): Promise<WorkerSockets> {
    await mkdir(folder, { mode: 0o711 });
    const servers: [Server, Server] = [createServer(), createServer()];
    try {
      const paths = [join(folder, CLIENT_SOCKET), join(folder, BRIDGE_SOCKET)];
      for (const [index, server] of servers.entries()) {
        const path = paths[index]!; // as many
        server.listen({ path, backlog: 1 });
        await once(server, 'listening');
        // The container's user is another one, whose number outside is Docker's business (userns-remap).
        await chmod(path, 0o666);
      }
      return new WorkerSockets(folder, servers);
    } catch (error) {
      for (const server of servers) server.close();
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Lets nobody in any more and removes the folder; the connections stay, when it was both. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.reject(new Error('Its sockets were closed before it connected to them'));
    if (!this.#complete) for (const socket of this.#accepted) socket.destroy();
    for (const server of this.#servers) server.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The first connection; the socket's path is gone with it. */
  async #onlyConnection(server: Server): Promise<Socket> {
    const { promise, resolve } = Promise.withResolvers<Socket>();
    let taken = false;
    server.on('connection', (socket) => {
      if (taken) return socket.destroy();
      taken = true;
      this.#accepted.push(socket);
      // A worker that dies breaks its streams: told by `ended`, to whoever listens there.
      socket.on('error', () => undefined);
      server.close();
      return resolve(socket);
    });
    return await promise;
  }
}
