import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import webPush from 'web-push';
import { until } from '../limits/test-limits.ts';
import type { PushSubscriptionRow } from '../storage/tables.ts';
import { PushSender, type PushSenderOptions } from './push-sender.ts';
import { sendPush } from './send-push.ts';
import { TestBrowser, TestPushService } from './test-push-service.ts';

const MESSAGE = { notice: { type: 'test' as const }, topic: 'test' };
const keys = webPush.generateVAPIDKeys();

function rowOf(browser: TestBrowser, userId = 'ada'): PushSubscriptionRow {
  const { endpoint, keys: of } = browser.toJSON();
  const row = { id: endpoint, user_id: userId, endpoint, ...of, created: '', failures: 0 };
  return { ...row, name: null, user_agent: null };
}

async function startSender(t: TestContext, options: Partial<PushSenderOptions> = {}) {
  const service = await TestPushService.start(t);
  const noted: string[] = [];
  const sender = new PushSender({
    keys,
    subject: () => 'mailto:ada@relay.example',
    network: service.network,
    store: {
      reached: async ({ id }) => void noted.push(`reached ${id}`),
      failed: async ({ id }) => void noted.push(`failed ${id}`),
      remove: async (_userId, id) => noted.push(`removed ${id}`) > 0,
    },
    log: { warn: (problem: unknown) => assert.fail(String(problem)) },
    ...options,
  });
  t.after(() => sender[Symbol.asyncDispose]());
  return { service, sender, noted };
}

test('a push service that does not answer in time is left, also while its name is looked up', async (t) => {
  const service = await TestPushService.start(t);
  service.answer = () => {};
  const { signal } = new AbortController();
  const options = { keys, subject: 'mailto:a@b', network: service.network, signal, timeoutMs: 200 };
  assert.equal(await sendPush(rowOf(new TestBrowser('one')), MESSAGE, options), 'failed');
  assert.equal(service.pushed.length, 1);
  const network = { ...service.network, resolve: () => new Promise<never>(() => {}) };
  assert.equal(await sendPush(rowOf(new TestBrowser('one')), MESSAGE, { ...options, network }), 'failed');
});

test('an answer without an end is not read', async (t) => {
  const service = await TestPushService.start(t);
  const closed = Promise.withResolvers<void>();
  service.answer = (response) => {
    response.on('close', closed.resolve).writeHead(201);
    const write = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
    };
    response.on('drain', write);
    write();
  };
  const { signal } = new AbortController();
  const options = { keys, subject: 'mailto:a@b', network: service.network, signal };
  assert.equal(await sendPush(rowOf(new TestBrowser('one')), MESSAGE, options), 'sent');
  await closed.promise;
});

test('so many are sent at a time, of one person fewer, and the rest waits its turn', async (t) => {
  const { service, sender } = await startSender(t, { limits: { running: 3, perUser: 2 } });
  const held: (() => void)[] = [];
  service.answer = (response) => void held.push(() => response.writeHead(201).end());
  const ofAda = ['a', 'b', 'c', 'd'].map((name) => sender.send(rowOf(new TestBrowser(name), 'ada'), MESSAGE));
  const ofBob = ['x', 'y'].map((name) => sender.send(rowOf(new TestBrowser(name), 'bob'), MESSAGE));
  await until(() => held.length === 3);
  assert.deepEqual(service.pushed.map(({ path }) => path).toSorted(), ['/a', '/b', '/x']);
  const answerAll = setInterval(() => {
    for (const answer of held.splice(0)) answer();
  }, 5);
  t.after(() => clearInterval(answerAll));
  assert.ok((await Promise.all([...ofAda, ...ofBob])).every((outcome) => outcome === 'sent'));
  assert.equal(service.pushed.length, 6);
});

test('what is more than may wait is lost, and is no failure of the browser', async (t) => {
  const { service, sender, noted } = await startSender(t, { limits: { running: 1, waiting: 1 } });
  const held: (() => void)[] = [];
  service.answer = (response) => void held.push(() => response.writeHead(201).end());
  const first = sender.send(rowOf(new TestBrowser('a')), MESSAGE);
  const second = sender.send(rowOf(new TestBrowser('b')), MESSAGE);
  assert.equal(await sender.send(rowOf(new TestBrowser('c')), MESSAGE), 'failed');
  await until(() => held.length === 1);
  held[0]?.();
  await first;
  await until(() => held.length === 2);
  held[1]?.();
  assert.equal(await second, 'sent');
  assert.deepEqual(noted, ['reached https://push.example/a', 'reached https://push.example/b']);
});

test('one person with slow push services takes nobody else the places to wait in', async (t) => {
  const { service, sender } = await startSender(t, {
    limits: { running: 2, waiting: 4, perUser: 1, waitingPerUser: 2 },
  });
  const held: (() => void)[] = [];
  service.answer = (response) => void held.push(() => response.writeHead(201).end());
  const names = ['a', 'b', 'c', 'd', 'e'];
  const ofAda = names.map((name) => sender.send(rowOf(new TestBrowser(name), 'ada'), MESSAGE));
  assert.deepEqual(await Promise.all(ofAda.slice(3)), ['failed', 'failed']);
  const ofBob = sender.send(rowOf(new TestBrowser('x'), 'bob'), MESSAGE);
  await until(() => held.length === 2);
  assert.deepEqual(service.pushed.map(({ path }) => path).toSorted(), ['/a', '/x']);
  for (const answer of held.splice(0)) answer();
  assert.equal(await ofBob, 'sent');
});

test('a person whose data is deleted is sent nothing more', async (t) => {
  const { service, sender } = await startSender(t, { limits: { running: 1 } });
  const held: (() => void)[] = [];
  service.answer = (response) => void held.push(() => response.writeHead(201).end());
  const running = sender.send(rowOf(new TestBrowser('a'), 'bob'), MESSAGE);
  const waiting = sender.send(rowOf(new TestBrowser('b'), 'ada'), MESSAGE);
  const other = sender.send(rowOf(new TestBrowser('c'), 'bob'), MESSAGE);
  sender.dropUser('ada');
  assert.equal(await waiting, 'failed');
  await until(() => held.length === 1);
  held[0]?.();
  await running;
  await until(() => held.length === 2);
  held[1]?.();
  assert.equal(await other, 'sent');
});

test('a relay that ends gives up what is being sent, and holds it against nobody', async (t) => {
  const { service, sender, noted } = await startSender(t, { limits: { running: 1 } });
  service.answer = () => {};
  const running = sender.send(rowOf(new TestBrowser('a')), MESSAGE);
  const waiting = sender.send(rowOf(new TestBrowser('b')), MESSAGE);
  await service.next();
  await sender[Symbol.asyncDispose]();
  assert.deepEqual(await Promise.all([running, waiting]), ['failed', 'failed']);
  assert.equal(await sender.send(rowOf(new TestBrowser('c')), MESSAGE), 'failed');
  assert.deepEqual(noted, []);
});
