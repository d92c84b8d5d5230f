import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { createServer, type Server } from 'node:tls';
import type { Certificate } from './certificates.ts';

/** Stands in front of a relay and speaks TLS with this certificate. */
export class TlsFront implements AsyncDisposable {
  readonly #server: Server;
  /** The masks of the first WebSocket frames of each connection, in hex. */
  readonly masks: string[] = [];
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(certificate: Certificate, target: () => number): Promise<TlsFront> {
    const server = createServer(certificate);
    const front = new TlsFront(server);
    server.on('secureConnection', (client) => {
      const upstream = connect(target(), '127.0.0.1');
      client.pipe(upstream).pipe(client);
      front.#noteMasks(client);
      for (const socket of [client, upstream]) {
        front.#sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          front.#sockets.delete(socket);
          client.destroy();
          upstream.destroy();
        });
      }
    });
    server.on('tlsClientError', () => {}); // who does not trust it
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return front;
  }

  #noteMasks(client: Socket): void {
    let isUpgraded = false;
    client.on('data', (chunk: Buffer) => {
      // RFC 6455, 5.2: a whole text or binary message of a client; its mask stands behind its length.
      if (isUpgraded && [0x81, 0x82].includes(chunk[0] ?? 0) && chunk.length > 14) {
        const length = chunk[1]! & 0x7f; // there are more than 14
        const at = length < 126 ? 2 : length === 126 ? 4 : 10;
        this.masks.push(chunk.toString('hex', at, at + 4));
      }
      isUpgraded ||= chunk.includes('Sec-WebSocket-Key');
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port; // listening on TCP
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}
