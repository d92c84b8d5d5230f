import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { bridgeToRelay, ProtocolError } from '@cloudtolocalllm/protocol';
import { Engines } from '../engines/engines.ts';
import { Forwarder } from '../forwarder.ts';
import { defaultPolicy, type Policy } from '../policy.ts';
import { CHAT_LIMITS, type ChatLimits } from './chat-limits.ts';
import { ChatRequests } from './chat-requests.ts';
import { RequestJournal } from './request-journal.ts';

interface Said {
  type: string;
  payload: {
    requestId: string;
    content?: string;
    thinking?: string;
    totalTokens?: number;
    code?: string;
    message?: string;
  };
}

/** One question that reached the engine, answered by the test. */
interface Asked {
  body: Record<string, unknown>;
  request: IncomingMessage;
  response: ServerResponse;
  say(line: object): void;
  finish(): void;
}

interface Options {
  directory?: string;
  limits?: Partial<ChatLimits>;
  policy?: Policy;
  clock?: () => number;
  withoutJournal?: boolean;
}

/** The bridge's chat between a relay and an engine that are both played by the test. */
async function start(t: TestContext, options: Options = {}) {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'bridge-chat-')));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const asked: Asked[] = [];
  const news = new EventTarget();
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = JSON.parse(await text(request)) as Record<string, unknown>; // as: the bridge's own
    const say = (line: object): void => void response.write(`${JSON.stringify(line)}\n`);
    const finish = (): void => {
      say({ done: true, prompt_eval_count: 3, eval_count: 4 });
      response.end();
    };
    asked.push({ body, request, response, say, finish });
    news.dispatchEvent(new Event('news'));
  };
  const server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const said: Said[] = [];
  const faults: unknown[] = [];
  const link = { isThere: true };
  const pause = { reason: undefined as string | undefined };
  const limits = { ...CHAT_LIMITS, retryMs: 5, ...options.limits };
  const journal = options.withoutJournal ? undefined : await RequestJournal.open(directory, limits, options.clock);
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`); // as: it listens on TCP
  const engines = new Engines({ engines: [{ url }], discover: false });
  const forwarder = new Forwarder({ engines, policy: options.policy ?? defaultPolicy() });
  t.after(() => forwarder[Symbol.dispose]());
  const chat = new ChatRequests({
    forward: (request, exchange) => forwarder.accept(request, exchange),
    journal,
    send(envelope) {
      if (!link.isThere) return false;
      bridgeToRelay.parse(envelope);
      said.push(envelope as Said); // as: just checked
      news.dispatchEvent(new Event('news'));
      return true;
    },
    fault: (error) => void faults.push(error),
    paused: () => pause.reason,
    limits,
  });
  t.after(() => chat[Symbol.dispose]());
  async function next<Item>(items: Item[]): Promise<Item> {
    while (items.length === 0) await once(news, 'news');
    return items.shift()!; // not empty
  }
  const payload = { model: 'm', messages: [{ role: 'user', content: 'Hi' }], stream: true, queued: true };
  return {
    chat,
    directory,
    said,
    faults,
    link,
    pause,
    journal,
    server,
    ask: (id: string, changes: object = {}) =>
      chat.receive(JSON.stringify({ type: 'chat_request', id, payload: { ...payload, ...changes } })),
    tell: (type: string, requestId: string) => chat.receive(JSON.stringify({ type, payload: { requestId } })),
    nextAsked: () => next(asked),
    asked,
    nextSaid: () => next(said),
    /** All that is said until the answer with this id has ended. */
    async answer(id: string) {
      const all = { types: [] as string[], content: '', thinking: '', last: undefined as Said | undefined };
      for (;;) {
        const envelope = await next(said);
        if (envelope.payload.requestId !== id) continue;
        all.types.push(envelope.type);
        all.content += envelope.payload.content ?? '';
        all.thinking += envelope.payload.thinking ?? '';
        all.last = envelope;
        if (envelope.type === 'chat_complete' || envelope.type === 'chat_error') return all;
      }
    },
  };
}

const files = async (directory: string): Promise<string[]> => readdir(join(directory, 'queue'));

test('accepts a queued request when it is noted, answers it, and forgets it when the relay has it', async (t) => {
  const bridge = await start(t);
  const options = { temperature: 0.5, stop: ['x'], keep_alive: '5m', think: true };
  bridge.ask('one', { options });
  const asked = await bridge.nextAsked();
  assert.deepEqual(asked.body, {
    model: 'm',
    messages: [{ role: 'user', content: 'Hi' }],
    stream: true,
    options: { temperature: 0.5, stop: ['x'] },
    keep_alive: '5m',
    think: true,
  });
  assert.deepEqual(await bridge.nextSaid(), { type: 'chat_accepted', payload: { requestId: 'one' } });
  const [file] = await files(bridge.directory);
  assert.ok(file);
  assert.equal((await stat(join(bridge.directory, 'queue'))).mode & 0o777, 0o700);
  assert.equal((await stat(join(bridge.directory, 'queue', file))).mode & 0o777, 0o600);
  asked.say({ message: { thinking: 'Hm' } });
  asked.say({ message: { content: 'Hello' } });
  asked.say({ message: { content: ', 世界 😀' } });
  asked.finish();
  const { content, thinking, last } = await bridge.answer('one');
  assert.deepEqual([content, thinking], ['Hello, 世界 😀', 'Hm']);
  assert.deepEqual(last, { type: 'chat_complete', payload: { requestId: 'one', totalTokens: 7 } });
  assert.match(await readFile(join(bridge.directory, 'queue', file), 'utf8'), /Hello/);
  bridge.tell('chat_received', 'one');
  await bridge.journal?.settled();
  assert.deepEqual(await files(bridge.directory), []);
  assert.deepEqual(bridge.faults, []);
});

test('runs a redelivered id once: while it runs, and when it has finished', async (t) => {
  const bridge = await start(t);
  bridge.ask('one');
  const asked = await bridge.nextAsked();
  asked.say({ message: { content: 'Half' } });
  assert.equal((await bridge.nextSaid()).type, 'chat_accepted');
  assert.equal((await bridge.nextSaid()).payload.content, 'Half');
  bridge.ask('one');
  assert.equal((await bridge.nextSaid()).type, 'chat_accepted');
  assert.equal((await bridge.nextSaid()).payload.content, 'Half', 'what was made so far, from its beginning');
  asked.say({ message: { content: ' and whole' } });
  asked.finish();
  assert.equal((await bridge.answer('one')).content, ' and whole');
  bridge.ask('one');
  const again = await bridge.answer('one');
  assert.deepEqual(again.types, ['chat_accepted', 'chat_chunk', 'chat_complete']);
  assert.equal(again.content, 'Half and whole');
  assert.equal(again.last?.payload.totalTokens, 7);
  assert.equal(bridge.asked.length, 0);
});

test('goes on without a link, and tells the whole answer when a new session asks for it', async (t) => {
  const bridge = await start(t);
  bridge.ask('one');
  const asked = await bridge.nextAsked();
  asked.say({ message: { content: 'One' } });
  await bridge.nextSaid();
  await bridge.nextSaid();
  bridge.link.isThere = false;
  asked.say({ message: { content: ' two' } });
  while (bridge.chat.running > 0) {
    if (!asked.response.writableEnded) asked.finish();
    await new Promise(setImmediate);
  }
  bridge.chat.sessionEnded();
  bridge.link.isThere = true;
  bridge.chat.online(false);
  assert.deepEqual(await bridge.nextSaid(), { type: 'chat_accepted', payload: { requestId: 'one' } });
  bridge.ask('one');
  assert.equal((await bridge.answer('one')).content, 'One two');
});

test('goes on where it was when its session is resumed', async (t) => {
  const bridge = await start(t);
  bridge.ask('one');
  const asked = await bridge.nextAsked();
  asked.say({ message: { content: 'One' } });
  await bridge.nextSaid();
  await bridge.nextSaid();
  bridge.link.isThere = false;
  asked.say({ message: { content: ' two' } });
  asked.finish();
  while (bridge.chat.running > 0) await new Promise(setImmediate);
  bridge.link.isThere = true;
  bridge.chat.online(true);
  const { types, content } = await bridge.answer('one');
  assert.deepEqual([types, content], [['chat_chunk', 'chat_complete'], ' two']);
});

test('says that it was interrupted after a restart, as often as it is asked, and never runs it again', async (t) => {
  const before = await start(t);
  before.ask('one');
  const asked = await before.nextAsked();
  before.ask('two');
  const second = await before.nextAsked();
  second.say({ message: { content: 'Whole' } });
  second.finish();
  await before.answer('two');
  before.chat[Symbol.dispose]();
  await once(asked.response, 'close');
  const after = await start(t, { directory: before.directory });
  for (let time = 0; time < 2; time++) {
    after.ask('one');
    const { types, last } = await after.answer('one');
    assert.deepEqual([types, last?.payload.code], [['chat_error'], 'interrupted']);
  }
  after.ask('two');
  assert.equal((await after.answer('two')).content, 'Whole');
  assert.equal(after.asked.length, 0);
  after.tell('chat_received', 'one');
  after.tell('chat_received', 'two');
  await after.journal?.settled();
  assert.deepEqual(await files(after.directory), []);
});

test('stops the engine when it is cancelled, also before the engine was asked', async (t) => {
  const bridge = await start(t);
  bridge.ask('one');
  const asked = await bridge.nextAsked();
  const closed = once(asked.response, 'close');
  bridge.tell('chat_cancel', 'one');
  await closed;
  bridge.ask('two');
  bridge.tell('chat_cancel', 'two');
  await bridge.journal?.settled();
  assert.deepEqual(await files(bridge.directory), []);
  bridge.ask('three');
  const third = await bridge.nextAsked();
  third.finish();
  await bridge.answer('three');
  assert.equal(bridge.asked.length, 0);
  assert.ok(!bridge.said.some(({ payload }) => payload.requestId === 'two'));
});

test('runs what is not queued without a journal, and ends it with its session', async (t) => {
  const bridge = await start(t);
  bridge.ask('one', { queued: undefined });
  const asked = await bridge.nextAsked();
  asked.say({ message: { content: 'Hello' } });
  const { type, payload } = await bridge.nextSaid();
  assert.deepEqual([type, payload.content], ['chat_chunk', 'Hello']);
  assert.deepEqual(await files(bridge.directory), []);
  const closed = once(asked.response, 'close');
  bridge.chat.online(false);
  await closed;
  assert.equal(bridge.said.length, 0);
});

test('says by code what was wrong with the engine', async (t) => {
  const bridge = await start(t);
  const answers: [name: string, code: string, answer: (asked: Asked) => void][] = [
    [
      'no such model',
      'model_not_found',
      ({ response }) => void response.writeHead(404).end('{"error":"no such model"}'),
    ],
    ['an error', 'engine_error', ({ response }) => void response.writeHead(500).end('broken')],
    ['a redirect', 'engine_error', ({ response }) => void response.writeHead(302, { location: '/other' }).end()],
    ['an error line', 'engine_error', ({ say, response }) => (say({ error: 'out of memory' }), void response.end())],
    ['no JSON', 'engine_error', ({ response }) => void response.end('<html>')],
    ['a long line', 'engine_error', ({ response }) => void response.end('x'.repeat(2 * 1024 * 1024))],
    ['no end', 'engine_error', ({ say, response }) => (say({ message: { content: 'Half' } }), void response.end())],
    ['a cut', 'engine_error', ({ response }) => void response.write('{', () => response.destroy())],
    ['no answer', 'engine_unreachable', ({ response }) => void response.destroy()],
  ];
  for (const [name, code, answer] of answers) {
    bridge.ask(name);
    answer(await bridge.nextAsked());
    const { last } = await bridge.answer(name);
    assert.deepEqual([last?.type, last?.payload.code], ['chat_error', code], name);
  }
});

test('asks nothing that the policy does not allow', async (t) => {
  const policy: Policy = { ...defaultPolicy(), check: () => ({ allowed: false, reason: 'Not here.' }) };
  const bridge = await start(t, { policy });
  bridge.ask('one');
  assert.deepEqual((await bridge.answer('one')).last?.payload, {
    requestId: 'one',
    code: 'policy_denied',
    message: 'Not here.',
  });
  assert.equal(bridge.asked.length, 0);
});

test('refuses more than it can hold', async (t) => {
  const bridge = await start(t, { limits: { concurrent: 2, answerCharacters: 10, journalEntries: 3 } });
  bridge.ask('one');
  bridge.ask('two');
  bridge.ask('three');
  assert.equal((await bridge.answer('three')).last?.payload.code, 'rate_limited');
  const [first, second] = [await bridge.nextAsked(), await bridge.nextAsked()];
  first.say({ message: { content: '12345678901' } });
  assert.equal((await bridge.answer('one')).last?.payload.code, 'engine_error');
  second.finish();
  await bridge.answer('two');
  bridge.ask('four');
  (await bridge.nextAsked()).finish();
  await bridge.answer('four');
  bridge.ask('five');
  assert.match((await bridge.answer('five')).last?.payload.message ?? '', /have not been fetched/);
  bridge.tell('chat_received', 'one');
  bridge.ask('six');
  (await bridge.nextAsked()).finish();
  assert.equal((await bridge.answer('six')).last?.type, 'chat_complete');
});

test('while it pauses: finishes what it has begun, holds what is queued, refuses the rest', async (t) => {
  const bridge = await start(t);
  bridge.ask('running');
  const running = await bridge.nextAsked();
  bridge.pause.reason = 'paused by you since 14:02';
  bridge.ask('held');
  bridge.ask('cancelled');
  bridge.tell('chat_cancel', 'cancelled');
  bridge.ask('now', { queued: false });
  const { last } = await bridge.answer('now');
  assert.deepEqual(
    [last?.payload.code, last?.payload.message],
    ['rate_limited', 'This computer answers nothing now: paused by you since 14:02.'],
  );
  assert.equal(bridge.chat.isBusy, true);
  running.finish();
  assert.equal((await bridge.answer('running')).last?.type, 'chat_complete');
  assert.equal(bridge.chat.isBusy, false);
  bridge.pause.reason = undefined;
  bridge.chat.resumed();
  (await bridge.nextAsked()).finish();
  assert.deepEqual((await bridge.answer('held')).types, ['chat_accepted', 'chat_complete']);
  assert.equal(bridge.asked.length, 0);
});

test('holds no more of the queue while it pauses than a relay that keeps to it sends', async (t) => {
  const bridge = await start(t);
  bridge.pause.reason = 'paused by you since 14:02';
  for (let number = 0; number < 16; number++) bridge.ask(`held-${number}`);
  assert.throws(() => bridge.ask('more'), ProtocolError);
  bridge.tell('chat_cancel', 'held-0');
  bridge.ask('more');
});

test('runs nothing that it can not note', async (t) => {
  const without = await start(t, { withoutJournal: true });
  without.ask('one');
  assert.equal((await without.answer('one')).last?.type, 'chat_error');
  const bridge = await start(t);
  await rm(join(bridge.directory, 'queue'), { recursive: true });
  bridge.ask('one');
  const { types, last } = await bridge.answer('one');
  assert.deepEqual([types, last?.payload.code], [['chat_error'], 'engine_error']);
  assert.equal(bridge.faults.length, 1);
  assert.equal(bridge.asked.length + without.asked.length, 0);
});

test('forgets what nobody has asked for in a week, and what is damaged', async (t) => {
  const clock = { now: Date.now() };
  const before = await start(t, { clock: () => clock.now, limits: { journalEntries: 1 } });
  before.ask('one');
  (await before.nextAsked()).finish();
  await before.answer('one');
  assert.equal(before.journal?.isFull, true);
  clock.now += 8 * 24 * 3_600_000;
  assert.equal(before.journal?.isFull, false);
  await before.journal?.settled();
  assert.deepEqual(await files(before.directory), []);
  before.ask('two');
  (await before.nextAsked()).finish();
  await before.answer('two');
  const [file] = await files(before.directory);
  await writeFile(join(before.directory, 'queue', file!), '{"id":');
  await writeFile(join(before.directory, 'queue', 'other'), 'x');
  const after = await RequestJournal.open(before.directory, CHAT_LIMITS);
  assert.deepEqual([after.ids(), await files(before.directory)], [[], []]);
});

test('takes nothing that is no envelope, and ignores types it does not know', async (t) => {
  const { chat, ask, tell, said, asked } = await start(t);
  for (const wrong of [
    'garbage',
    '[]',
    '{}',
    '{"type":1}',
    '{"type":"chat_request","id":"x","payload":{}}',
    '{"type":"chat_cancel","payload":{}}',
  ]) {
    assert.throws(() => chat.receive(wrong), ProtocolError, wrong);
  }
  assert.throws(() => ask('x'.repeat(129)), ProtocolError);
  const parts = (count: number): unknown[] => Array.from({ length: count }, () => ({}));
  const pictures = [{ images: parts(10_000) }, { images: parts(10_000) }];
  for (const messages of [parts(20_001), pictures])
    assert.throws(() => ask('one', { messages }), /an envelope with more than 20000 messages/);
  chat.receive('{"type":"something_new","payload":{}}');
  tell('chat_received', '../../etc/passwd');
  assert.deepEqual([said, asked], [[], []]);
});

test('tells a long answer in envelopes that fit, no character torn apart', async (t) => {
  const bridge = await start(t, { limits: { chunkCharacters: 7 } });
  bridge.ask('one', { stream: false });
  const asked = await bridge.nextAsked();
  const said = 'ab😀'.repeat(20);
  asked.say({ message: { content: said.slice(0, 30), thinking: '😀😀😀😀😀' } });
  asked.say({ message: { content: said.slice(30) } });
  assert.equal((await bridge.nextSaid()).type, 'chat_accepted');
  asked.finish();
  const { content, thinking, types } = await bridge.answer('one');
  assert.deepEqual([content, thinking], [said, '😀😀😀😀😀']);
  assert.ok(types.length > 10);
});
