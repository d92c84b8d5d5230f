import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveCalls } from './remote-process.ts';
import { DONE_LINE, plainLine, stampedLine } from './token-line.ts';

/** The body of `POST /api/chat`, as far as this engine reads it. */
export interface ChatBody {
  model: string;
  stream: true;
  messages: { role: string; content: string }[];
  options: {
    /** How many tokens the answer has. */
    num_predict: number;
    /** Ours: 0 = as fast as they are taken. */
    tokens_per_second: number;
    /** Ours: how long a line is made; 0 = as long as Ollama's. */
    line_bytes: number;
  };
}

const BULK_CHUNK = Buffer.alloc(64 * 1024);
/** Longer than any pause of the bench: a connection that is closed while it is reused would be an error. */
const KEEP_ALIVE_MS = 120_000;

/**
 * Answers that come as fast as they are taken. One token per stream and event-loop turn, each a write of its own, as an
 * engine makes them: what gathers them on the way has to do so by itself.
 */
class UnpacedAnswers {
  readonly #answers = new Set<UnpacedAnswer>();
  #turning = false;

  add(answer: UnpacedAnswer): void {
    this.#answers.add(answer);
    if (!this.#turning) setImmediate(this.#turn);
    this.#turning = true;
  }

  delete(answer: UnpacedAnswer): void {
    this.#answers.delete(answer);
  }

  readonly #turn = (): void => {
    for (const answer of this.#answers) answer.writeToken();
    this.#turning = this.#answers.size > 0;
    if (this.#turning) setImmediate(this.#turn);
  };
}

const unpacedAnswers = new UnpacedAnswers();
/** Answers that wait for their reader. */
let blocked = 0;

class UnpacedAnswer {
  readonly #response: ServerResponse;
  readonly #line: Buffer;
  #left: number;
  #blocked = false;

  constructor(response: ServerResponse, { num_predict, line_bytes }: ChatBody['options']) {
    this.#response = response;
    this.#left = num_predict;
    this.#line = plainLine(line_bytes);
    response.on('drain', () => {
      this.#unblock();
      unpacedAnswers.add(this);
    });
    response.on('close', () => {
      this.#unblock();
      unpacedAnswers.delete(this);
    });
  }

  writeToken(): void {
    if (this.#left-- === 0) {
      this.#response.end(DONE_LINE);
      unpacedAnswers.delete(this);
    } else if (!this.#response.write(this.#line)) {
      unpacedAnswers.delete(this);
      this.#blocked = true;
      blocked++;
    }
  }

  #unblock(): void {
    if (this.#blocked) blocked--;
    this.#blocked = false;
  }
}

/** One timer per answer, each with a phase of its own: answers don't march in step. */
function answerPaced(response: ServerResponse, { num_predict, tokens_per_second }: ChatBody['options']): void {
  const interval = 1000 / tokens_per_second;
  const start = performance.now() + Math.random() * interval;
  let made = 0;
  let timer: NodeJS.Timeout | undefined;
  const next = (): void => {
    if (made === num_predict) return void response.end(DONE_LINE);
    response.write(stampedLine());
    made++;
    timer = setTimeout(next, Math.max(0, start + made * interval - performance.now()));
  };
  timer = setTimeout(next, start - performance.now());
  response.on('close', () => clearTimeout(timer));
}

async function chat(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { options } = JSON.parse(Buffer.concat(await request.toArray()).toString()) as ChatBody; // from our own client
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  if (options.tokens_per_second > 0) answerPaced(response, options);
  else unpacedAnswers.add(new UnpacedAnswer(response, options));
}

/** `POST /api/generate`: takes any body; answers with `?bytes=` zeros, else with how many bytes it took. */
async function bulk(request: IncomingMessage, response: ServerResponse, bytes: number): Promise<void> {
  let received = 0;
  request.on('data', (chunk: Buffer) => (received += chunk.length));
  await once(request, 'end');
  if (bytes === 0) return json(response, { received });
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes });
  let left = bytes;
  const pump = (): void => {
    let room = true;
    while (room && left > 0) {
      room = response.write(left < BULK_CHUNK.length ? BULK_CHUNK.subarray(0, left) : BULK_CHUNK);
      left -= BULK_CHUNK.length;
    }
    if (left <= 0) response.end();
  };
  response.on('drain', pump);
  pump();
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://engine');
  switch (`${request.method} ${url.pathname}`) {
    case 'POST /api/chat':
    // The same lines: what is compared is the way, not what is carried.
    case 'POST /v1/chat/completions':
      return void chat(request, response);
    case 'POST /api/generate':
      return void bulk(request, response, Number(url.searchParams.get('bytes') ?? 0));
    case 'GET /api/version':
      return json(response, { version: '0.0.0-bench' });
    case 'GET /api/tags':
      return json(response, { models: [{ name: 'bench:latest' }] });
    default:
      response.writeHead(404).end();
  }
});
server.keepAliveTimeout = KEEP_ALIVE_MS;

const calls = {
  /** Starts; returns the port. */
  async listen(): Promise<number> {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return (server.address() as AddressInfo).port; // as: it listens on TCP
  },
  /** How many unpaced answers wait for their reader now. */
  blocked: (): number => blocked,
};
export type FakeOllamaCalls = typeof calls;

serveCalls(calls);
