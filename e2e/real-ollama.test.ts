import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Ollama } from 'ollama';
import { engineAddress } from '../apps/bridge/src/engines/engine-address.ts';
import { SENTENCE } from '../dev/engine/write-model.ts';
import { createOllamaModel } from './support/create-ollama-model.ts';
import { TestStack, until } from './support/test-stack.ts';

const host = process.env['OLLAMA_HOST'];
const skip = host
  ? false
  : 'OLLAMA_HOST is not set: a real Ollama is needed, such as `OLLAMA_HOST=127.0.0.1:11434 npm test`';

describe('a real Ollama', { skip }, () => {
  const engine = engineAddress(host);
  let stack: TestStack;
  before(async () => {
    await createOllamaModel(engine, 'c2l-tiny', {});
    await createOllamaModel(engine, 'c2l-endless', { endless: true });
    stack = await TestStack.start({ engine });
  });
  after(() => stack[Symbol.asyncDispose]());

  it('is found, with its version and models', async () => {
    await stack.untilBridge({ status: 'connected', ollamaStatus: 'connected' });
    const [bridge] = await stack.client.bridges.list();
    assert.equal(bridge?.client.engine?.demo, undefined);
    assert.ok(bridge?.client.models.includes('c2l-tiny:latest'));
  });

  it('answers a chat, streamed and kept', async () => {
    const conversation = await stack.client.conversations.create({ model: 'c2l-tiny' });
    let text = '';
    let chunks = 0;
    for await (const event of stack.client.messages.send(conversation.id, 'Hello?')) {
      if (event.type !== 'chunk') continue;
      text += event.content;
      chunks++;
    }
    assert.equal(text.trim(), SENTENCE);
    assert.ok(chunks > 10);
  });

  it('answers its own client through the relay, also with its own errors', async () => {
    const ollama = new Ollama({ host: `${stack.stack.url}/ollama`, headers: stack.authorization });
    const answer = await ollama.chat({ model: 'c2l-tiny', messages: [{ role: 'user', content: 'Hello?' }] });
    assert.equal(answer.message.content.trim(), SENTENCE);
    await assert.rejects(ollama.chat({ model: 'no-such-model', messages: [] }), /not found/);
    await assert.rejects(ollama.pull({ model: 'c2l-tiny' }), /policy/);
  });

  it('takes no notice of where the request came from', async () => {
    const response = await fetch(`${stack.stack.url}/ollama/api/tags`, {
      headers: { ...stack.authorization, origin: 'https://evil.example' },
    });
    assert.equal(response.status, 200);
  });

  it('stops when the person stops', async () => {
    const conversation = await stack.client.conversations.create({ model: 'c2l-endless' });
    let said = '';
    let answerId = '';
    let stopped: Promise<unknown> | undefined;
    for await (const event of stack.client.messages.send(conversation.id, 'Go on.')) {
      if (event.type === 'start') answerId = event.messageId;
      if (event.type === 'chunk') said += event.content;
      if (said.length > 100) stopped ??= stack.client.messages.stop(conversation.id, answerId);
    }
    await stopped;
    await until('another question is answered', 10_000, async () => {
      const other = await stack.client.conversations.create({ model: 'c2l-tiny' });
      return (await stack.client.messages.ask(other.id, 'Hello?')).status === 'complete';
    });
  });
});

describe('a real Ollama whose owner allows its models to be managed', { skip }, () => {
  const engine = engineAddress(host);
  let stack: TestStack;
  let bridgeId = '';
  before(async () => {
    await createOllamaModel(engine, 'c2l-managed', {});
    await createOllamaModel(engine, 'c2l-embeds', { withoutEmbeddings: false });
    stack = await TestStack.start({ engine, bridgeArgs: ['--allow-model-management'] });
    bridgeId = await stack.bridgeId();
  });
  after(() => stack[Symbol.asyncDispose]());

  /** Of the model, as the computer tells it now. */
  async function installed() {
    const { models } = await stack.client.models.installed(bridgeId);
    return models.find(({ name }) => name === 'c2l-managed:latest');
  }

  it('lists its models and shows one', async () => {
    const { mayManage } = await stack.client.models.installed(bridgeId);
    assert.equal(mayManage, true);
    const model = await installed();
    assert.ok(model && model.size! > 0);
    assert.equal(model.family, 'llama');
    const { details } = await stack.client.models.show(bridgeId, 'c2l-managed');
    assert.ok('model_info' in details);
    await assert.rejects(stack.client.models.show(bridgeId, 'no-such-model'), { code: 'model_not_found' });
  });

  it('loads a model and unloads it', async () => {
    await stack.client.models.unload(bridgeId, 'c2l-managed');
    assert.equal((await installed())?.loaded, undefined);
    await stack.client.models.load(bridgeId, 'c2l-managed');
    const loaded = (await installed())?.loaded;
    assert.ok(loaded?.until !== undefined, 'for as long as it keeps idle models');
    await stack.client.models.unload(bridgeId, 'c2l-managed');
    await until('it is out of memory', 10_000, async () => (await installed())?.loaded === undefined);
    await assert.rejects(stack.client.models.load(bridgeId, 'no-such-model'), { code: 'model_not_found' });
  });

  it('loads a model that only makes embeddings', async () => {
    await stack.client.models.load(bridgeId, 'c2l-embeds');
    const { models } = await stack.client.models.installed(bridgeId);
    assert.ok(models.find(({ name }) => name === 'c2l-embeds:latest')?.loaded);
    await stack.client.models.unload(bridgeId, 'c2l-embeds');
  });

  it('tells why it could not pull a model, in its own words', async () => {
    // Nothing listens there, so nothing leaves this computer.
    const events = await Array.fromAsync(stack.client.models.pull(bridgeId, '127.0.0.1:1/library/nothing'));
    const last = events.at(-1);
    assert.ok(last?.type === 'error' && /pull model manifest/.test(last.message), JSON.stringify(events));
  });

  it('deletes a model, and the bridge tells it at once', async () => {
    await stack.client.models.delete(bridgeId, 'c2l-managed');
    assert.equal(await installed(), undefined);
    await until('the merged list is without it', 5_000, async () => {
      const models = await stack.client.models.merged();
      return !models.some(({ model }) => model === 'c2l-managed:latest');
    });
    await assert.rejects(stack.client.models.delete(bridgeId, 'c2l-managed'), { code: 'model_not_found' });
  });
});
