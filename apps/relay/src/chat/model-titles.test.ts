import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Conversation, ConversationResponse } from '@cloudtolocalllm/protocol';
import { type Asked, type ChatFixture, chatFixture, messagesOf, PlayedModel, startOf, until } from './chat-fixture.ts';
import { startTestRelay } from '../test-relay.ts';
import { ModelTitles, type ModelTitlesLimits } from './model-titles.ts';

interface TitleFixture extends ChatFixture {
  titles: ModelTitles;
  /** What is asked for titles, apart from what is asked for answers. */
  titleModel: PlayedModel;
  /** Asks and is answered; then the hook of an ended answer is called. */
  answered(conversationId: string, content?: string): Promise<void>;
  titleOf(conversationId: string): Promise<string>;
}

async function titleFixture(
  t: TestContext,
  { demo = false, limits }: { demo?: boolean; limits?: Partial<ModelTitlesLimits> } = {},
): Promise<TitleFixture> {
  const chat = await chatFixture(t);
  const titleModel = new PlayedModel();
  const log = { debug: () => {} };
  const titles = new ModelTitles({ ...chat, model: titleModel, isDemo: () => demo, log, ...(limits && { limits }) });
  t.after(() => titles.close());
  return Object.assign(chat, {
    titles,
    titleModel,
    async answered(id: string, content = 'How do I make coffee?') {
      const { asked, events } = await chat.send(id, content);
      const { messageId } = startOf(await until(events, 'start'));
      asked.sink.text('Grind the beans.');
      asked.finish();
      await until(events, 'complete');
      const generation = chat.generations.find('ada', id, messageId);
      assert.ok(generation);
      titles.ended(await generation.ended, generation);
    },
    async titleOf(id: string) {
      return (await chat.json<ConversationResponse>('GET', `/conversations/${id}`)).conversation.title;
    },
  });
}

function say({ sink, finish }: Asked, text: string): void {
  sink.text(text);
  finish();
}

test('asks the model that has answered, on the same bridge, and takes its words', async (t) => {
  const chat = await titleFixture(t);
  const { id } = await chat.conversation({ model: 'llama', options: { num_ctx: 2048, temperature: 2 } });
  const heard: string[] = [];
  await chat.answered(id);
  assert.equal(await chat.titleOf(id), 'How do I make coffee?');
  using _ = chat.events.subscribe('ada', ({ type }) => heard.push(type));
  const asked = await chat.titleModel.next();
  const { userId, conversationId, model, named, options, messages } = asked.request;
  assert.deepEqual([userId, conversationId, model, named], ['ada', id, 'llama', 'bridge-1']);
  assert.deepEqual(options, { think: false, num_ctx: 2048 });
  assert.match(messages[0]?.content ?? '', /at most 6 words[^]*How do I make coffee\?[^]*Grind the beans\./);
  say(asked, '"Making *Coffee*"\n');
  await chat.titles.settled();
  assert.equal(await chat.titleOf(id), 'Making Coffee');
  assert.deepEqual(heard, ['conversation']);
  assert.equal((await messagesOf(chat, id)).length, 2, 'it is no answer');

  await chat.answered(id, 'And tea?');
  await chat.titles.settled();
  assert.equal(await chat.titleOf(id), 'Making Coffee');
});

test("a person's title stays, and so does one that nobody wants replaced", async (t) => {
  const chat = await titleFixture(t);
  const named = await chat.conversation({ title: 'Mine' });
  const unwanted = await chat.conversation({ autoTitle: false });
  const renamed = await chat.conversation();
  await chat.answered(named.id);
  await chat.answered(unwanted.id);
  await chat.titles.settled();
  await chat.answered(renamed.id);
  const asked = await chat.titleModel.next();
  assert.equal(asked.request.conversationId, renamed.id, 'the others are not asked about');
  await chat.json<{ conversation: Conversation }>('PATCH', `/conversations/${renamed.id}`, { title: 'Better' });
  say(asked, 'Making Coffee');
  await chat.titles.settled();
  assert.equal(await chat.titleOf(named.id), 'Mine');
  assert.equal(await chat.titleOf(unwanted.id), 'How do I make coffee?');
  assert.equal(await chat.titleOf(renamed.id), 'Better');
});

test('an engine that says the same to everything is not asked', async (t) => {
  const chat = await titleFixture(t, { demo: true });
  const { id } = await chat.conversation();
  await chat.answered(id);
  await chat.titles.settled();
  assert.equal(await chat.titleOf(id), 'How do I make coffee?');
});

test('keeps the title of the question when the model fails, says nothing of use, or never ends', async (t) => {
  const chat = await titleFixture(t, { limits: { characters: 100 } });
  for (const act of [
    (asked: Asked) => asked.fail(new Error('out of memory')),
    (asked: Asked) => say(asked, '<think>Hm'),
    (asked: Asked) => asked.sink.text('x'.repeat(101)),
    (asked: Asked) => asked.sink.thinking?.('x'.repeat(101)),
  ]) {
    const { id } = await chat.conversation();
    await chat.answered(id);
    act(await chat.titleModel.next());
    await chat.titles.settled();
    assert.equal(await chat.titleOf(id), 'How do I make coffee?');
  }
});

test('gives up a model that takes too long', async (t) => {
  const chat = await titleFixture(t, { limits: { timeoutMs: 1 } });
  const { id } = await chat.conversation();
  await chat.answered(id);
  await chat.titles.settled();
  assert.equal(await chat.titleOf(id), 'How do I make coffee?');
});

test('the next question ends the search for a title, and its answer begins another', async (t) => {
  const chat = await titleFixture(t);
  const { id } = await chat.conversation();
  await chat.answered(id);
  const first = await chat.titleModel.next();
  await chat.answered(id, 'And tea?');
  assert.equal(first.request.signal.aborted, true);
  const second = await chat.titleModel.next();
  say(second, 'Coffee and Tea');
  await chat.titles.settled();
  assert.equal(await chat.titleOf(id), 'Coffee and Tea');
});

test('a relay that stops gives up at once and asks nothing any more', async (t) => {
  const chat = await titleFixture(t);
  const [one, other] = [await chat.conversation(), await chat.conversation()];
  await chat.answered(one.id);
  const asked = await chat.titleModel.next();
  await chat.titles.close();
  assert.equal(asked.request.signal.aborted, true);
  await chat.answered(other.id);
  await chat.titles.settled();
  assert.equal(await chat.titleOf(other.id), 'How do I make coffee?');
});

test('a relay looks for a title by itself when an answer is complete', async (t) => {
  const model = new PlayedModel();
  const relay = await startTestRelay(t, { chatModel: model });
  const call = async (method: string, path: string, body?: unknown) =>
    (await (await relay.call(`/api/chat/conversations${path}`, { method, body })).json()) as ConversationResponse; // as: it is accepted
  const { id } = (await call('POST', '', { model: 'm' })).conversation;
  const changed = Promise.withResolvers<void>();
  const { context } = relay;
  using _ = context.events.subscribe(context.issuer?.user.id ?? '', (event) => {
    if (event.type === 'conversation' && isTitled) changed.resolve();
  });
  let isTitled = false;
  const answer = relay.call(`/api/chat/conversations/${id}/messages`, {
    method: 'POST',
    body: { content: 'How do I make coffee?', stream: false },
  });
  say(await model.next(), 'Grind the beans.');
  await (await answer).text();
  const asked = await model.next();
  isTitled = true;
  say(asked, 'Making Coffee');
  await changed.promise;
  assert.equal((await call('GET', `/${id}`)).conversation.title, 'Making Coffee');
});
