import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient, type Client, type RealtimeEvent } from '@cloudtolocalllm/sdk';
import { SENTENCE } from '../dev/engine/write-model.ts';
import { TcpProxy } from './support/tcp-proxy.ts';
import { TestStack } from './support/test-stack.ts';

/** A device that listens until the test is over, and what it has heard. */
class Listener implements AsyncDisposable {
  readonly heard: RealtimeEvent[] = [];
  readonly #events: AsyncGenerator<RealtimeEvent, void, undefined>;

  constructor(events: AsyncGenerator<RealtimeEvent, void, undefined>) {
    this.#events = events;
  }

  /** Listens until this is heard. */
  async until(isMeant: (event: RealtimeEvent) => boolean): Promise<RealtimeEvent> {
    for (;;) {
      const { value, done } = await this.#events.next();
      assert.ok(!done, 'a listener ends only when it is told to');
      this.heard.push(value);
      if (isMeant(value)) return value;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#events.return();
  }
}

/** What a device that listens shows of an answer. */
function shown(heard: readonly RealtimeEvent[]): string {
  let text = '';
  for (const event of heard) {
    if (event.type !== 'chat_event') continue;
    const { event: chat } = event.payload;
    if (chat.type === 'start') text = '';
    else if (chat.type === 'replace') text = chat.content;
    else if (chat.type === 'chunk') text += chat.content;
  }
  return text;
}

const isComplete = (event: RealtimeEvent): boolean =>
  event.type === 'chat_event' && event.payload.event.type === 'complete';

describe('several devices of a person', () => {
  let stack: TestStack;
  let proxy: TcpProxy;
  let phone: Client;
  let laptop: Client;

  before(async () => {
    stack = await TestStack.start({ engineArgs: ['--tokens-per-second', '40'] });
    const { port } = new URL(stack.stack.url);
    proxy = await TcpProxy.start(() => Number(port));
    const token = () => stack.tokens.accessToken;
    phone = createClient({ baseUrl: `http://localhost:${proxy.port}`, token });
    laptop = createClient({ baseUrl: stack.stack.url, token });
  });
  after(async () => {
    await proxy[Symbol.asyncDispose]();
    await stack[Symbol.asyncDispose]();
  });

  it('shows on the laptop the whole answer to a question whose phone was cut off', async () => {
    const { id } = await phone.conversations.create({ model: 'tiny-demo' });
    await using reader = new Listener(laptop.realtime.chat(id));
    await reader.until(({ type }) => type === 'refetch');
    const asked = phone.messages.send(id, 'Hello?')[Symbol.asyncIterator]();
    await asked.next(); // the question has come to the relay
    proxy.cut();
    await reader.until(isComplete);
    assert.equal(shown(reader.heard), SENTENCE);
    assert.equal((await laptop.messages.list(id)).at(-1)?.content, SENTENCE);
    await asked.return?.();
  });

  it('goes on with an answer in mid-sentence when the socket of a listener is cut', async () => {
    const { id } = await laptop.conversations.create({ model: 'tiny-demo' });
    const states: string[] = [];
    await using cut = new Listener(phone.realtime.chat(id, { onConnection: (state) => states.push(state) }));
    await cut.until(({ type }) => type === 'refetch');
    const asked = laptop.messages.send(id, 'Hello?');
    const whole = (async () => {
      let text = '';
      for await (const event of asked) if (event.type === 'chunk') text += event.content;
      return text;
    })();
    await cut.until((event) => event.type === 'chat_event' && event.payload.event.type === 'chunk');
    proxy.cut();
    await cut.until(isComplete);
    assert.equal(shown(cut.heard), SENTENCE);
    assert.equal(await whole, SENTENCE);
    assert.deepEqual(states, ['live', 'lost', 'live']);
    assert.equal(cut.heard.filter(({ type }) => type === 'refetch').length, 1, 'nothing was missed');
  });

  it('hears on every device what happens to conversations and to the computer at home', async () => {
    const { userId } = await laptop.account.me();
    await using first = new Listener(phone.realtime.status(userId));
    await using second = new Listener(laptop.realtime.status(userId));
    for (const listener of [first, second]) await listener.until(({ type }) => type === 'refetch');
    const { id } = await laptop.conversations.create({ model: 'tiny-demo' });
    await laptop.conversations.update(id, { title: 'A title' });
    for (const listener of [first, second]) {
      await listener.until((event) => event.type === 'conversation' && event.payload.conversation.title === 'A title');
    }
    await stack.stack.bridge?.stop();
    for (const listener of [first, second]) {
      await listener.until((event) => event.type === 'bridge' && event.payload.bridge.status === 'disconnected');
    }
    proxy.cut();
    await stack.stack.startBridge();
    for (const listener of [first, second]) {
      await listener.until((event) => event.type === 'bridge' && event.payload.bridge.status === 'connected');
    }
    await laptop.conversations.delete(id);
    for (const listener of [first, second]) {
      await listener.until((event) => event.type === 'conversation_deleted' && event.payload.conversationId === id);
    }
  });
});
