import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BridgeLink, BridgeLinks, ChatReplyListener } from '../bridges/bridge-link.ts';
import { RelayError } from '../errors.ts';
import { bridgeChatModel } from './bridge-chat-model.ts';
import type { AskedBridge } from './chat-model.ts';

/** A JSON-only bridge whose replies are the test's. */
class PlayedBridge implements BridgeLink {
  readonly userId = 'user';
  readonly streaming = false;
  readonly models = ['m'];
  readonly running = 0;
  readonly bridgeId: string;
  readonly name: string;
  readonly priority: number;
  listener: ChatReplyListener | undefined;
  /** Asked next by the test. */
  readonly asked = Promise.withResolvers<ChatReplyListener>();

  constructor(name: string, priority: number) {
    this.name = name;
    this.bridgeId = `bridge-${name}`;
    this.priority = priority;
  }

  open(): never {
    throw new RelayError('bridge_offline', 'It speaks only chat.');
  }

  request(_envelope: object, listener: ChatReplyListener): Disposable {
    this.asked.resolve(listener);
    return { [Symbol.dispose]() {} };
  }

  send(): void {}
}

const reply = (listener: ChatReplyListener, payload: { content: string; thinking?: string }) =>
  listener.message({ type: 'chat_chunk', payload: { requestId: '', ...payload } });
const complete = (listener: ChatReplyListener) =>
  listener.message({ type: 'chat_complete', payload: { requestId: '', totalTokens: 1 } });
const fail = (listener: ChatReplyListener, code: string) =>
  listener.message({ type: 'chat_error', payload: { requestId: '', code, message: `${code}!` } });

function fixture() {
  const [one, two] = [new PlayedBridge('one', 0), new PlayedBridge('two', 1)];
  const online = [one, two];
  const links: BridgeLinks = {
    require: async () => one,
    online: async (_user, bridges) => online.filter(({ bridgeId }) => bridges?.has(bridgeId) ?? true),
    ofUser: () => online,
  };
  const model = bridgeChatModel(links);
  const said: string[] = [];
  const bridges: AskedBridge[] = [];
  const abort = new AbortController();
  const generate = (wanted: { named?: string; bridges?: ReadonlySet<string> } = {}) => {
    const messages = [{ role: 'user' as const, content: 'Hi' }];
    const made = model.generate(
      { userId: 'user', conversationId: 'conv', model: 'm', messages, signal: abort.signal, ...wanted },
      {
        asked: (bridge) => bridges.push(bridge),
        text: (text) => said.push(text),
        thinking: (text) => said.push(`(${text})`),
      },
    );
    made.catch(() => {}); // awaited later
    return made;
  };
  return { one, two, online, model, generate, said, bridges, abort };
}

for (const [why, happens] of [
  ['its bridge goes away', (listener) => listener.lost('gone')],
  ['its engine does not answer', (listener) => fail(listener, 'engine_unreachable')],
  ['its engine is silent for too long', (listener) => fail(listener, 'engine_timeout')],
  ['it no longer has the model', (listener) => fail(listener, 'model_not_found')],
  ['its owner does not allow it there', (listener) => fail(listener, 'policy_denied')],
] satisfies [string, (listener: ChatReplyListener) => void][]) {
  test(`another computer answers when the first one said nothing and ${why}`, async () => {
    const { one, two, generate, said, bridges } = fixture();
    const made = generate();
    happens(await one.asked.promise);
    const listener = await two.asked.promise;
    reply(listener, { content: 'Hello', thinking: 'Hm' });
    complete(listener);
    assert.deepEqual(await made, { totalTokens: 1, bridgeId: 'bridge-two' });
    assert.deepEqual(said, ['(Hm)', 'Hello']);
    const [first, second] = bridges;
    assert.deepEqual(first, { bridgeId: 'bridge-one', bridgeName: 'one' });
    assert.deepEqual(
      second?.failedOver?.map(({ bridgeId, bridgeName }) => [bridgeId, bridgeName]),
      [['bridge-one', 'one']],
    );
    assert.ok(second?.failedOver?.[0]?.reason);
  });
}

for (const said of [{ content: 'He' }, { content: '', thinking: 'Hm' }]) {
  test(`no other computer goes on after ${JSON.stringify(said)}`, async () => {
    const { one, generate, bridges } = fixture();
    const made = generate();
    const listener = await one.asked.promise;
    reply(listener, said);
    listener.lost('gone');
    await assert.rejects(made, { code: 'bridge_offline' });
    assert.equal(bridges.length, 1);
  });
}

test('what is wrong with the question is said by the first one', async () => {
  const { one, generate, bridges } = fixture();
  const made = generate();
  fail(await one.asked.promise, 'payload_too_large');
  await assert.rejects(made, { code: 'payload_too_large' });
  assert.equal(bridges.length, 1);
});

test('when all have failed, the first one’s reason counts', async () => {
  const { one, two, generate } = fixture();
  const made = generate();
  fail(await one.asked.promise, 'engine_unreachable');
  (await two.asked.promise).lost('gone');
  await assert.rejects(made, { code: 'engine_unreachable' });
});

test('a computer that was named, or is the only one that may, has no substitute', async () => {
  for (const wanted of [{ named: 'bridge-one' }, { bridges: new Set(['bridge-one']) }]) {
    const { one, generate, bridges } = fixture();
    const made = generate(wanted);
    (await one.asked.promise).lost('gone');
    await assert.rejects(made, { code: 'bridge_offline' });
    assert.equal(bridges.length, 1);
  }
});

test('nobody else is asked when nobody wants the answer any more', async () => {
  const { one, generate, bridges, abort } = fixture();
  const made = generate();
  await one.asked.promise;
  abort.abort();
  await assert.rejects(made, { name: 'AbortError' });
  assert.equal(bridges.length, 1);
});

test('knows whether somebody is there who could answer', () => {
  const { model, online } = fixture();
  const wanted = { userId: 'user', model: 'm' };
  assert.equal(model.mayAnswer?.(wanted), true);
  assert.equal(model.mayAnswer?.({ ...wanted, model: 'other' }), false);
  assert.equal(model.mayAnswer?.({ ...wanted, named: 'bridge-three' }), false);
  assert.equal(model.mayAnswer?.({ ...wanted, bridges: new Set(['bridge-two']) }), true);
  online.length = 0;
  assert.equal(model.mayAnswer?.(wanted), false);
});
