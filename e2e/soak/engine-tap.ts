import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { count, QUESTION } from './ledger.ts';

/** Stands between bridges and engine and counts how often the engine is asked each question. */
export class EngineTap {
  /** Question -> times. */
  readonly asked = new Map<string, number>();
  readonly #engine: URL;

  constructor(engine: URL) {
    this.#engine = engine;
  }

  /** Listens on a free port; returns where. */
  async listen(): Promise<URL> {
    const server = createServer((request, response) => void this.#pass(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`); // as: it listens on a port
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer); // as: no encoding is set
    const body = Buffer.concat(chunks);
    if (request.url === '/api/chat') this.#note(body.toString());
    const { method, url } = request;
    const headers = { ...request.headers, host: this.#engine.host };
    const onward = httpRequest(this.#engine, { method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on('error', () => response.destroy()).pipe(response);
    });
    onward.on('error', () => response.destroy());
    // Who cancels, cancels the engine.
    response.on('close', () => onward.destroy());
    onward.end(body);
  }

  #note(body: string): void {
    const { messages } = JSON.parse(body) as { messages: { content: string }[] }; // as: Ollama's request
    const question = messages.at(-1)?.content ?? '';
    if (QUESTION.test(question)) count(this.asked, question);
  }
}
