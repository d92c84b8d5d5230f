import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Passes TCP connections on, each byte later by the same time in both directions: a distant network. */
export class DelayProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Listens at `host` and passes on to `target`, both at this port. */
  static async start(host: string, target: string, port: number, delayMs: number): Promise<DelayProxy> {
    const server = createServer();
    const proxy = new DelayProxy(server);
    server.on('connection', (client) => {
      const upstream = connect(port, target);
      for (const socket of [client, upstream]) proxy.#keep(socket);
      pass(client, upstream, delayMs);
      pass(upstream, client, delayMs);
    });
    server.listen(port, host);
    await once(server, 'listening');
    return proxy;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

function pass(from: Socket, to: Socket, delayMs: number): void {
  from.on('data', (chunk) => void setTimeout(() => to.write(chunk), delayMs));
  from.on('end', () => void setTimeout(() => to.end(), delayMs));
  from.on('close', () => void setTimeout(() => to.destroy(), delayMs));
}
