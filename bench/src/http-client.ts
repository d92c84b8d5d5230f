import type { Readable } from 'node:stream';
import { Pool, type Dispatcher } from 'undici';
import { type AnswerCounts, countAnswer, noAnswers } from './answer-counts.ts';
import type { ChatBody } from './fake-ollama.ts';

/** One way to the engine: straight, or through relay and bridge. */
export interface Target {
  origin: string;
  /** In front of the engine's paths. */
  prefix: string;
  headers: Record<string, string>;
  /** Where it is asked for a chat; default: /api/chat. */
  chatPath?: string;
}

/** What the client asks, and what it does with the answer's bytes. */
export interface Sent {
  /** Default: POST. */
  method?: 'GET' | 'POST';
  path: string;
  body: Buffer | Readable | null;
  contentType: string;
  /** Of a body that is a stream. */
  length?: number;
  data(chunk: Buffer, controller: Dispatcher.DispatchController): void;
}

/** The leanest client that Node has at hand, the same for every target. */
export class HttpClient {
  readonly #pools = new Map<string, Pool>();
  readonly #counts = new Map<string, AnswerCounts>();

  /** Resolves at the end of the answer; rejects on any status but 200 and on a broken answer. */
  send(target: Target, { method = 'POST', path, body, contentType, length, data }: Sent): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let refused = '';
    let status = 0;
    const counts = this.#countsOf(target.origin);
    this.#pool(target.origin).dispatch(
      {
        method,
        path: target.prefix + path,
        headers: {
          ...target.headers,
          'content-type': contentType,
          ...(length !== undefined && { 'content-length': String(length) }),
        },
        body,
      },
      {
        onRequestStart() {},
        onResponseStart(_controller, code, headers) {
          status = code;
          countAnswer(counts, code, headers);
        },
        onResponseData(controller, chunk) {
          if (status === 200) data(chunk, controller);
          else refused += chunk.toString();
        },
        onResponseEnd() {
          if (status === 200) resolve();
          else reject(new Error(`${method} ${target.origin}${target.prefix}${path} answered ${status}: ${refused}`));
        },
        onResponseError: (_controller, error) => reject(error),
      },
    );
    return promise;
  }

  chat(target: Target, options: Partial<ChatBody['options']>, data: Sent['data']): Promise<void> {
    const body: ChatBody = {
      model: 'bench:latest',
      stream: true,
      messages: [{ role: 'user', content: 'Hello, how are you?' }],
      options: { num_predict: 1, tokens_per_second: 0, line_bytes: 0, ...options },
    };
    return this.send(target, {
      path: target.chatPath ?? '/api/chat',
      body: Buffer.from(JSON.stringify(body)),
      contentType: 'application/json',
      data,
    });
  }

  /** What the answers from there have said since it was last asked. */
  takeCounts(origin: string): AnswerCounts {
    const counts = this.#countsOf(origin);
    this.#counts.delete(origin);
    return counts;
  }

  #countsOf(origin: string): AnswerCounts {
    let counts = this.#counts.get(origin);
    if (!counts) this.#counts.set(origin, (counts = noAnswers()));
    return counts;
  }

  #pool(origin: string): Pool {
    let pool = this.#pools.get(origin);
    if (!pool) this.#pools.set(origin, (pool = new Pool(origin, { connections: null })));
    return pool;
  }
}
