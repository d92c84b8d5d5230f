import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LinkBudget, type Exchange, type ExchangeReceiver, type ExchangeRequest } from '@cloudtolocalllm/protocol';
import { WorkerLink } from '../worker-link.ts';
import type { ProxyWorker, WorkerSpec } from './proxy-driver.ts';

/** What the suite's upstream says at `/sentence`, a word at a time. */
export const SENTENCE = 'The quick brown fox jumps over the lazy dog, and every word of it arrives by itself.';
const MEGABYTE = 1024 * 1024;
const HOUR_MS = 3_600_000;
const WORD_MS = 2;

/** A worker's, with little memory. */
export function spec(changes: Partial<WorkerSpec> = {}): WorkerSpec {
  return {
    proxyId: `proxy-${randomUUID()}`,
    memoryBytes: 64 * MEGABYTE,
    cpus: 1,
    expires: new Date(Date.now() + HOUR_MS),
    ...changes,
  };
}

/** An HTTP server in the place of an engine. `/sentence` ends by itself, whatever else never does. */
export class Upstream implements AsyncDisposable {
  readonly #server = createServer((message, response) => void this.#answer(message, response));
  readonly #closed: string[] = [];
  port = 0;

  static async listen(): Promise<Upstream> {
    const upstream = new Upstream();
    upstream.#server.listen(0, '127.0.0.1');
    await once(upstream.#server, 'listening');
    upstream.port = (upstream.#server.address() as AddressInfo).port; // as: it listens on TCP
    return upstream;
  }

  /** Paths whose caller went away before the end of the answer. */
  get abandoned(): readonly string[] {
    return this.#closed;
  }

  async #answer({ url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('close', () => {
      if (!response.writableFinished) this.#closed.push(url);
    });
    response.writeHead(200, { 'content-type': 'text/plain' });
    const words = SENTENCE.split(/(?<= )/);
    for (let index = 0; !response.destroyed; index++) {
      if (url === '/sentence' && index === words.length) return void response.end();
      response.write(words[index % words.length]);
      await new Promise((resolve) => setTimeout(resolve, WORD_MS));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** An answer as it comes. */
export interface Answer {
  readonly text: string;
  readonly pieces: number;
  /** `end`, or the reset that it was broken off with. */
  readonly ended: Promise<string>;
  abort(): void;
}

/** Asks through a worker, as the relay does: a link on each side of it, and HTTP behind. */
export async function pathThrough(worker: ProxyWorker, upstream: Upstream): Promise<{ ask(path: string): Answer }> {
  const link = await WorkerLink.start({
    worker,
    limits: {},
    figuresEveryMs: 1_000,
    budget: new LinkBudget(),
    upstream: async () => await Promise.resolve({ open: (request, receiver) => forward(request, receiver, upstream) }),
    figures: () => undefined,
    closed: () => undefined,
  });
  return { ask: (path) => new LinkAnswer(link, path) };
}

/** What a bridge does of an exchange, for requests without a body. */
function forward({ method, path }: ExchangeRequest, receiver: ExchangeReceiver, { port }: Upstream): Exchange {
  const forwarded = request({ port, method, path, agent: false }, (response) => {
    receiver.head?.(response.statusCode ?? 0, []);
    response.on('data', (chunk: Buffer) => receiver.data(chunk));
    response.on('end', () => receiver.end());
    response.on('error', () => receiver.reset('engine_failed', 'upstream broke off'));
  });
  forwarded.on('error', () => receiver.reset('engine_unreachable', 'upstream does not answer'));
  return {
    id: 0,
    head: () => undefined,
    write: () => true,
    end: () => forwarded.end(),
    reset: () => forwarded.destroy(),
    consumed: () => undefined,
  };
}

class LinkAnswer implements Answer {
  text = '';
  pieces = 0;
  readonly ended: Promise<string>;
  readonly #exchange: Exchange;

  constructor(link: WorkerLink, path: string) {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.ended = promise;
    this.#exchange = link.open(
      { method: 'GET', path, headers: [] },
      {
        data: (chunk) => {
          this.text += chunk.toString();
          this.pieces++;
          this.#exchange.consumed(chunk.length);
        },
        end: () => resolve('end'),
        reset: (code) => resolve(code),
      },
    );
    this.#exchange.end();
  }

  abort(): void {
    this.#exchange.reset('cancelled');
  }
}
