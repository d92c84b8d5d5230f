import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

export interface ConnectProxyOptions {
  /** `name:password` that it wants. */
  credentials?: string;
  /** Answers every CONNECT with this status. */
  refuse?: number;
}

/** A company's proxy: CONNECT alone, with a name and a password; it knows its own names for some hosts. */
export class ConnectProxy implements AsyncDisposable {
  /** What it was asked to connect to. */
  readonly asked: string[] = [];
  options: ConnectProxyOptions;
  readonly #server: Server;
  readonly #hosts: Readonly<Record<string, () => number>>;
  readonly #sockets = new Set<Duplex>();

  private constructor(server: Server, hosts: Readonly<Record<string, () => number>>, options: ConnectProxyOptions) {
    this.#server = server;
    this.#hosts = hosts;
    this.options = options;
    server.on('connect', (request: IncomingMessage, socket: Duplex) => this.#connect(request, socket));
    server.on('request', (request, response) => {
      this.asked.push(`${request.method} ${request.url}`);
      response.writeHead(405).end();
    });
  }

  /** `hosts`: where a `host:port` really is, on this computer; all else it does not reach. */
  static async start(
    hosts: Readonly<Record<string, () => number>>,
    options: ConnectProxyOptions = {},
  ): Promise<ConnectProxy> {
    const server = createServer();
    const proxy = new ConnectProxy(server, hosts, options);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`; // listening on TCP
  }

  /** Breaks all connections through it. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #connect({ url = '', headers }: IncomingMessage, socket: Duplex): void {
    this.asked.push(`CONNECT ${url}`);
    socket.on('error', () => {});
    const end = (status: string): void => void socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`);
    const { credentials, refuse } = this.options;
    const wanted = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`;
    if (wanted && headers['proxy-authorization'] !== wanted) return end('407 Proxy Authentication Required');
    if (refuse !== undefined) return end(`${refuse} Refused`);
    const port = this.#hosts[url]?.();
    if (port === undefined) return end('502 Bad Gateway');
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(upstream).pipe(socket);
    });
    for (const one of [socket, upstream]) {
      this.#sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        this.#sockets.delete(one);
        socket.destroy();
        upstream.destroy();
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
