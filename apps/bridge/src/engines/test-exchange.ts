import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import type { ExchangeReceiver } from '@cloudtolocalllm/protocol';
import { Forwarder, type ForwarderOptions } from '../forwarder.ts';
import { defaultPolicy } from '../policy.ts';
import type { EngineSettings } from './engine-settings.ts';
import { Engines } from './engines.ts';
import type { AskedFor, ForwardedExchange } from './forwarded-exchange.ts';

/** How an exchange was answered. */
export interface TestAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
  /** The code and the reason of a reset. */
  reset?: string;
}

export interface TestQuestion {
  method?: string;
  path: string;
  body?: object | string | undefined;
  /** What the body is said to be. */
  type?: string;
  /** Sends nothing of the body: the test does. */
  isOpen?: boolean;
  /** Whether more may be written, asked with each piece. */
  take?: (chunk: Buffer) => boolean;
}

export interface TestAsked {
  receiver: ExchangeReceiver;
  answer: Promise<TestAnswer>;
  /** Credit that was given for the body. */
  consumed: () => number;
  begun: Promise<void>;
  /** Whom it asks, as far as it was told. */
  known: AskedFor;
}

/** Asks a forwarder as the link does. */
export function ask(forwarder: Forwarder, question: TestQuestion): TestAsked {
  const { method = 'POST', path, body, type = 'application/json', isOpen, take = () => true } = question;
  const { promise, resolve } = Promise.withResolvers<TestAnswer>();
  const begun = Promise.withResolvers<void>();
  const answer: TestAnswer = { status: 0, headers: {}, body: '' };
  const pieces: Buffer[] = [];
  let consumed = 0;
  const finish = (reset?: string): void => {
    const said = Buffer.concat(pieces).toString();
    resolve({ ...answer, body: said, ...(reset !== undefined && { reset }) });
  };
  const known: AskedFor = {};
  const exchange: ForwardedExchange = {
    id: 1,
    about: (asked) => void Object.assign(known, asked),
    head(status, headers) {
      answer.status = status;
      for (let index = 0; index < headers.length; index += 2) answer.headers[headers[index]!] = headers[index + 1]!; // in pairs
    },
    write(chunk: Buffer) {
      pieces.push(Buffer.from(chunk));
      begun.resolve();
      return take(chunk);
    },
    end: () => finish(),
    reset: (code, reason) => finish(`${code}: ${reason}`),
    consumed: (bytes) => void (consumed += bytes),
  };
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body ?? {}));
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const headers = hasBody ? ['content-type', type, 'content-length', `${bytes.length}`] : [];
  const receiver = forwarder.accept({ method, path, headers }, exchange);
  if (!isOpen) {
    if (hasBody) receiver.data(bytes);
    receiver.end();
  }
  return { receiver, answer: promise, consumed: () => consumed, begun: begun.promise, known };
}

/** One request that reached a test's engine. */
export interface TestHeard {
  request: IncomingMessage;
  body: Record<string, unknown>;
  response: ServerResponse;
}

/** An engine that answers GETs with fixed JSON and everything else as the test says. */
export async function testEngine(
  t: TestContext,
  lists: Record<string, unknown>,
  answer: (heard: TestHeard) => void = ({ response }) => void response.end('{}'),
): Promise<{ url: URL; heard: TestHeard[] }> {
  const heard: TestHeard[] = [];
  const hear = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request).catch(() => undefined);
    if (body === undefined) return; // it went away
    const one: TestHeard = { request, response, body: JSON.parse(body || '{}') as Record<string, unknown> }; // as: the test's own
    heard.push(one);
    answer(one);
  };
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.method === 'GET') {
      const listed = lists[request.url ?? ''];
      if (listed === undefined) response.writeHead(404).end('{"detail":"Not Found"}');
      else response.end(JSON.stringify(listed));
      return;
    }
    void hear(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), heard }; // as: it listens on TCP
}

/** What an Ollama lists. */
export function ollamaLists(...models: string[]): Record<string, unknown> {
  return {
    '/api/version': { version: '0.12.3' },
    '/api/tags': { models: models.map((name) => ({ name, model: name })) },
    '/api/ps': { models: models.slice(0, 1).map((name) => ({ name, model: name })) },
    '/v1/models': { object: 'list', data: models.map((id) => ({ id, object: 'model', owned_by: 'library' })) },
  };
}

/** What an OpenAI-compatible engine lists. */
export function openaiLists(owner: string, ...models: string[]): Record<string, unknown> {
  return { '/v1/models': { object: 'list', data: models.map((id) => ({ id, object: 'model', owned_by: owner })) } };
}

/** A forwarder in front of these engines, which have been looked at; nothing is wrong or held when the test is over. */
export async function startForwarder(
  t: TestContext,
  settings: readonly EngineSettings[],
  options: Partial<Omit<ForwarderOptions, 'engines'>> = {},
) {
  const engines = new Engines({ engines: settings, discover: false });
  const faults: unknown[] = [];
  const forwarder = new Forwarder({
    engines,
    policy: defaultPolicy(),
    fault: (error) => faults.push(error),
    ...options,
  });
  t.after(() => {
    forwarder[Symbol.dispose]();
    engines[Symbol.dispose]();
    assert.deepEqual(faults, []);
    assert.equal(forwarder.heldBytes, 0, 'nothing is held at the end');
  });
  await engines.look();
  return { engines, forwarder };
}

/** An engine that says which one it is. */
export function namedEngine(t: TestContext, name: string, lists: Record<string, unknown>) {
  return testEngine(t, lists, ({ response, body }) =>
    response.end(JSON.stringify({ from: name, model: body['model'] })),
  );
}
