import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { json } from 'node:stream/consumers';

export interface Alterations {
  /** What the Date of each answer is moved by. */
  dateMs?: number;
  /** Upgrade requests are answered like this, as proxies do that know no WebSockets. */
  refuseUpgrades?: number;
  /** The version that the relay says it is. */
  relayVersion?: string;
}

/** Stands in front of a relay as an HTTP proxy of its operator's or of a company does, and changes what passes. */
export class AlteringFront implements AsyncDisposable {
  readonly #server: Server;
  readonly #target: () => number;
  readonly #alterations: Alterations;

  private constructor(server: Server, target: () => number, alterations: Alterations) {
    this.#server = server;
    this.#target = target;
    this.#alterations = alterations;
    server.on('request', (incoming: IncomingMessage, response: ServerResponse) => this.#pass(incoming, response));
    server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#upgrade(incoming, socket, head),
    );
  }

  static async start(target: () => number, alterations: Alterations): Promise<AlteringFront> {
    const server = createServer();
    const front = new AlteringFront(server, target, alterations);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return front;
  }

  get url(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`; // listening on TCP
  }

  #pass(incoming: IncomingMessage, response: ServerResponse): void {
    const { method, url, headers } = incoming;
    const outgoing = request({ host: '127.0.0.1', port: this.#target(), method, path: url, headers });
    outgoing.on('error', () => response.destroy());
    outgoing.on('response', (answer) => {
      const date = new Date(Date.parse(answer.headers.date ?? '') + (this.#alterations.dateMs ?? 0)).toUTCString();
      const { 'content-length': length, ...headers } = answer.headers;
      const isSame = url !== '/api/auth/config' && length !== undefined;
      response.writeHead(answer.statusCode ?? 502, { ...headers, ...(isSame && { 'content-length': length }), date });
      if (url !== '/api/auth/config' || !this.#alterations.relayVersion) return void answer.pipe(response);
      void json(answer).then((told) =>
        response.end(JSON.stringify({ ...(told as object), version: this.#alterations.relayVersion })),
      );
    });
    incoming.pipe(outgoing);
  }

  #upgrade({ method, url, rawHeaders }: IncomingMessage, socket: Duplex, head: Buffer): void {
    const status = this.#alterations.refuseUpgrades;
    if (status !== undefined) {
      socket.end(`HTTP/1.1 ${status} No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const upstream = connect(this.#target(), '127.0.0.1');
    let text = `${method} ${url} HTTP/1.1\r\n`;
    for (let index = 0; index < rawHeaders.length; index += 2)
      text += `${rawHeaders[index]}: ${rawHeaders[index + 1]}\r\n`;
    upstream.write(`${text}\r\n`);
    upstream.write(head);
    socket.pipe(upstream).pipe(socket);
    for (const end of [socket, upstream]) {
      end.on('error', () => {});
      end.on('close', () => {
        socket.destroy();
        upstream.destroy();
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
