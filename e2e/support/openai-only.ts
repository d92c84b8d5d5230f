import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An engine that speaks OpenAI's API and nothing else: another one behind it, of which only `/v1/*` is let through. */
export class OpenaiOnly implements AsyncDisposable {
  readonly url: URL;
  readonly #server: ReturnType<typeof createServer>;

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
    this.url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`); // as: it listens on TCP
  }

  static async start(engine: URL, key?: string): Promise<OpenaiOnly> {
    const server = createServer((request, response) => {
      const { method = 'GET', url = '/', headers } = request;
      if (!url.startsWith('/v1/')) return void response.writeHead(404).end('{"detail":"Not Found"}');
      if (key !== undefined && headers.authorization !== `Bearer ${key}`) {
        return void response.writeHead(401).end('{"error":{"message":"Invalid API key"}}');
      }
      const { host: _host, authorization: _key, ...passed } = headers;
      const outgoing = httpRequest(new URL(url, engine), { method, headers: passed }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      outgoing.on('error', () => response.destroy());
      response.on('close', () => outgoing.destroy());
      request.pipe(outgoing);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new OpenaiOnly(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
