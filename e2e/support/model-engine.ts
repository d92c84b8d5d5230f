import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A download that somebody asked for, told by the test. */
export interface PullAsked {
  model: string;
  tell(...lines: object[]): void;
  end(): void;
  /** The other side is gone. */
  isOver: boolean;
}

const SIZE = 1_300_000_000;
const MINUTE_MS = 60_000;

/**
 * An engine whose models can be pulled, loaded and deleted, which the demo engine's can't: it speaks that part of
 * Ollama's API (docs/api.md of ollama/ollama), and says two words to every question.
 */
export class ModelEngine implements AsyncDisposable {
  readonly url: URL;
  readonly models: Set<string>;
  readonly loaded = new Set<string>();
  readonly pulls: PullAsked[] = [];
  /** The bodies of the questions it was asked. */
  readonly chats: unknown[] = [];
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  private constructor(url: URL, models: Set<string>) {
    this.url = url;
    this.models = models;
  }

  static async start(models: readonly string[]): Promise<ModelEngine> {
    const engine = new ModelEngine(new URL('http://127.0.0.1'), new Set(models));
    await new Promise<void>((resolve) => engine.#server.listen(0, '127.0.0.1', resolve));
    engine.url.port = String((engine.#server.address() as AddressInfo).port); // as: it listens on TCP
    return engine;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>; // as: Ollama's bodies are objects
    const model = typeof body['model'] === 'string' ? body['model'] : '';
    const send = (value: object, status = 200): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    switch (`${request.method} ${request.url}`) {
      case 'GET /api/version':
        return send({ version: '0.9.9' });
      case 'GET /api/tags':
        return send({ models: [...this.models].map((name) => ({ name, model: name, size: SIZE, details: DETAILS })) });
      case 'GET /api/ps':
        return send({
          models: [...this.loaded].map((name) => ({ name, model: name, size_vram: SIZE, expires_at: soon() })),
        });
      case 'POST /api/generate':
        if (body['keep_alive'] === 0) this.loaded.delete(model);
        else this.loaded.add(model);
        return send({ model, response: '', done: true });
      case 'DELETE /api/delete':
        this.models.delete(model);
        return send({});
      case 'POST /api/pull':
        return this.#pull(model, response);
      case 'POST /api/chat':
        this.chats.push(body);
        this.loaded.add(model);
        return this.#chat(model, response);
      default:
        return send({ error: 'not here' }, 404);
    }
  }

  #pull(model: string, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    const asked: PullAsked = {
      model,
      isOver: false,
      tell: (...lines) => void response.write(lines.map((line) => `${JSON.stringify(line)}\n`).join('')),
      end: () => {
        this.models.add(model);
        response.end(`${JSON.stringify({ status: 'success' })}\n`);
      },
    };
    response.on('close', () => (asked.isOver = true));
    this.pulls.push(asked);
    asked.tell({ status: 'pulling manifest' });
  }

  #chat(model: string, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    const line = (content: string, done: boolean): string =>
      `${JSON.stringify({ model, created_at: new Date().toISOString(), message: { role: 'assistant', content }, done })}\n`;
    response.end(line('Good ', false) + line('day.', false) + line('', true));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const DETAILS = { family: 'llama', parameter_size: '1.2B', quantization_level: 'Q8_0' };

function soon(): string {
  return new Date(Date.now() + 5 * MINUTE_MS).toISOString();
}
