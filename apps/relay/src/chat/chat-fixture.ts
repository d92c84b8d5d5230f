import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { ChatEvent, Conversation, Message, MessageList } from '@cloudtolocalllm/protocol';
import fastify, { type FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { FULL_RIGHTS } from '../accounts/rights.ts';
import { handleError } from '../error-handler.ts';
import { idempotencyStore } from '../idempotency/idempotency-store.ts';
import { answerRetries } from '../idempotency/idempotent-requests.ts';
import { openDatabase, type RelayDatabase } from '../storage/database.ts';
import { LocalUserEvents, type UserEvents } from '../fabric/user-events.ts';
import type { AttachmentLimits } from './attachments/add-attachment.ts';
import type { AnswerSink, ChatModel, GenerateRequest } from './chat-model.ts';
import type { EventStreamLimits } from './event-stream.ts';
import { Generations } from './generations.ts';
import type { GenerationsLimits } from './generations-options.ts';
import { chatRoutes } from './routes.ts';
import type { WholeAnswerLimits } from './whole-answer.ts';

type Made = Awaited<ReturnType<ChatModel['generate']>>;

/** One question that was put to the model, answered by the test. */
export interface Asked {
  request: GenerateRequest;
  sink: AnswerSink;
  finish(totalTokens?: number): void;
  fail(error: unknown): void;
}

/** A model whose words are the test's. */
export class PlayedModel implements ChatModel {
  #asked: Asked[] = [];
  #waiting: ((asked: Asked) => void)[] = [];
  /** Whether anybody is there who can answer. */
  isOnline = true;

  mayAnswer(): boolean {
    return this.isOnline;
  }

  generate(request: GenerateRequest, sink: AnswerSink): Promise<Made> {
    const { promise, resolve, reject } = Promise.withResolvers<Made>();
    const finish = (totalTokens = 1): void => resolve({ totalTokens, bridgeId: 'bridge-1' });
    const asked = { request, sink, finish, fail: reject };
    const waiting = this.#waiting.shift();
    if (waiting) waiting(asked);
    else this.#asked.push(asked);
    return promise;
  }

  /** The next question, when it has been put. */
  next(): Promise<Asked> {
    const asked = this.#asked.shift();
    return asked ? Promise.resolve(asked) : new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/** The chat routes on a real socket and a real database; every request says in a header who sends it. */
export interface ChatFixture {
  url: string;
  app: FastifyInstance;
  database: RelayDatabase;
  model: PlayedModel;
  events: UserEvents;
  generations: Generations;
  call(method: string, path: string, body?: unknown, user?: string): Promise<Response>;
  json<Body>(method: string, path: string, body?: unknown): Promise<Body>;
  conversation(fields?: object): Promise<Conversation>;
  /** Sends a message and returns its events as they come, and the question as the model gets it. */
  send(
    conversationId: string,
    content: string,
    fields?: object,
  ): Promise<{ asked: Asked; events: AsyncGenerator<ChatEvent> }>;
}

export interface ChatFixtureOptions {
  limits?: Partial<GenerationsLimits>;
  streamLimits?: Partial<EventStreamLimits>;
  wholeLimits?: Partial<WholeAnswerLimits>;
  attachmentLimits?: AttachmentLimits;
  /** The clock of conversations. */
  now?: () => number;
}

export async function chatFixture(
  t: TestContext,
  { limits, streamLimits, wholeLimits, attachmentLimits, now }: ChatFixtureOptions = {},
): Promise<ChatFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'relay-chat-'));
  const database = await openDatabase({ path: join(folder, 'relay.db') });
  for (const id of ['ada', 'bob']) {
    await database.kysely.insertInto('users').values({ id, name: id, created: '2026-01-01T00:00:00.000Z' }).execute();
  }
  const model = new PlayedModel();
  const events = new LocalUserEvents();
  const app = fastify({ forceCloseConnections: true });
  // A clock that stands: what took how long is no test's business.
  const made = { database, model, log: app.log, events, now: () => 0 };
  const generations = new Generations({ ...made, limits: { tickMs: 5, ...limits } });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(handleError);
  app.addHook('onRequest', async (request, reply) => {
    request.user = { id: String(request.headers['x-user']), rights: FULL_RIGHTS };
    reply.header('x-kept', 'yes');
  });
  answerRetries(app.withTypeProvider<ZodTypeProvider>(), {
    store: idempotencyStore(database.kysely),
    limits: { chargeUser: async () => {} },
  });
  chatRoutes(app.withTypeProvider<ZodTypeProvider>(), {
    database,
    generations,
    events,
    now,
    attachmentLimits,
    eventStreamLimits: streamLimits,
    wholeAnswerLimits: wholeLimits,
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  t.after(async () => {
    await generations.close(0);
    await app.close();
    await database[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`; // as: it listens on a port

  const call: ChatFixture['call'] = (method, path, body, user = 'ada') =>
    fetch(`${url}/api/chat${path}`, {
      method,
      headers: { 'x-user': user, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  async function json<Body>(method: string, path: string, body?: unknown): Promise<Body> {
    return (await (await call(method, path, body)).json()) as Body; // as: what the test expects, and then checks
  }
  return {
    url,
    app,
    database,
    model,
    events,
    generations,
    call,
    json,
    async conversation(fields = {}) {
      const created = await json<{ conversation: Conversation }>('POST', '/conversations', { model: 'm', ...fields });
      return created.conversation;
    },
    async send(conversationId, content, fields = {}) {
      const response = await call('POST', `/conversations/${conversationId}/messages`, { content, ...fields });
      if (response.status !== 200) throw new Error(await response.text());
      return { asked: await model.next(), events: eventsOf(response) };
    },
  };
}

/** The events of an NDJSON answer, as they come. */
export async function* eventsOf(response: Response): AsyncGenerator<ChatEvent> {
  let rest = '';
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as ChatEvent; // as: the test checks it
  }
  if (rest !== '') throw new Error(`The answer ended in the line: ${rest}`);
}

/** Reads events until one of this type. */
export async function until(events: AsyncGenerator<ChatEvent>, type: ChatEvent['type']): Promise<ChatEvent[]> {
  const read: ChatEvent[] = [];
  for (;;) {
    const { value, done } = await events.next();
    if (done) throw new Error(`The events ended before ${type}: ${JSON.stringify(read)}`);
    read.push(value);
    if (value.type === type) return read;
  }
}

/** The first of these events, which is `start`. */
export function startOf(events: ChatEvent[]): Extract<ChatEvent, { type: 'start' }> {
  const [start] = events;
  assert(start?.type === 'start');
  return start;
}
/** Reads events until they end. */
export async function all(events: AsyncGenerator<ChatEvent>): Promise<ChatEvent[]> {
  const read: ChatEvent[] = [];
  for await (const event of events) read.push(event);
  return read;
}
/** What the chunks say. */
export function textOf(events: ChatEvent[]): string {
  return events.map((event) => (event.type === 'chunk' ? event.content : '')).join('');
}

/** The conversation's messages as its owner sees them. */
export async function messagesOf({ json }: ChatFixture, conversationId: string): Promise<Message[]> {
  return (await json<MessageList>('GET', `/conversations/${conversationId}/messages`)).messages;
}
