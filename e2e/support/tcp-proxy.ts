import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Stands between a bridge and its relay and cuts their connections as a bad network does. */
export class TcpProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #pairs = new Set<[Socket, Socket]>();
  cuts = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Listens on any port; `target` is asked at each connection, as it may start later. */
  static async start(target: () => number): Promise<TcpProxy> {
    const server = createServer();
    const proxy = new TcpProxy(server);
    server.on('connection', (client) => {
      const upstream = connect(target(), '127.0.0.1');
      const pair: [Socket, Socket] = [client, upstream];
      proxy.#pairs.add(pair);
      client.pipe(upstream).pipe(client);
      for (const socket of pair) {
        socket.on('error', () => {});
        socket.on('close', () => {
          proxy.#pairs.delete(pair);
          for (const end of pair) end.destroy();
        });
      }
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port; // listening on TCP
  }

  get connections(): number {
    return this.#pairs.size;
  }

  /** Resets every connection, with whatever is on the way. */
  cut(): void {
    if (this.#pairs.size > 0) this.cuts++;
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
  }

  /** Resets one connection; `choose` is told how many there are and names its index. */
  cutOne(choose: (count: number) => number): void {
    const pair = [...this.#pairs][choose(this.#pairs.size)];
    if (pair === undefined) return;
    this.cuts++;
    for (const socket of pair) socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
  }
}
