import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ChatEvent, Message } from '@cloudtolocalllm/sdk';
import { SENTENCE } from '../dev/engine/write-model.ts';
import { ExtraBridge } from './support/extra-bridge.ts';
import { TestStack, until } from './support/test-stack.ts';

describe('two computers of one person', () => {
  let stack: TestStack;
  let study: ExtraBridge;
  let laptop: ExtraBridge;
  let studyId = '';
  let laptopId = '';
  before(async () => {
    stack = await TestStack.start({ bridge: false });
    study = await ExtraBridge.start(stack, 'study');
    laptop = await ExtraBridge.start(stack, 'laptop', {
      engineArgs: ['--with-broken-model'],
      bridgeArgs: ['--allow-model-management'],
    });
    studyId = await study.id();
    laptopId = await laptop.id();
  });
  after(async () => {
    await Promise.all([study[Symbol.asyncDispose](), laptop[Symbol.asyncDispose]()]);
    await stack[Symbol.asyncDispose]();
  });

  async function conversation(): Promise<string> {
    return (await stack.client.conversations.create({ model: 'tiny-demo' })).id;
  }

  /** The bridge that answered. */
  async function answeredBy(conversationId: string): Promise<string | undefined> {
    const { content, metadata } = await stack.client.messages.ask(conversationId, 'Hello?');
    assert.equal(content, SENTENCE);
    return metadata?.bridgeId;
  }

  async function names(): Promise<string[]> {
    return (await stack.client.bridges.list()).map(({ name }) => name);
  }

  it('are in the order their person gives them, and the first one answers', async () => {
    assert.deepEqual(await names(), ['study', 'laptop']);
    await stack.client.bridges.order([laptopId]);
    assert.deepEqual(await names(), ['laptop', 'study']);
    assert.equal(await answeredBy(await conversation()), laptopId);
    await stack.client.bridges.order([studyId, laptopId]);
    assert.equal(await answeredBy(await conversation()), studyId);
  });

  it('a conversation stays with the one that answered it, whatever the order is now', async () => {
    await stack.client.bridges.order([laptopId, studyId]);
    const id = await conversation();
    assert.equal(await answeredBy(id), laptopId);
    await stack.client.bridges.order([studyId, laptopId]);
    assert.equal(await answeredBy(id), laptopId);
  });

  it('the models of both are one list, saying where each is', async () => {
    const models = await stack.client.models.merged();
    const where = (model: string): string[] | undefined =>
      models.find((merged) => merged.model === model)?.bridges.map(({ name, status }) => `${name} ${status}`);
    assert.deepEqual(where('tiny-demo:latest'), ['study connected', 'laptop connected']);
    assert.deepEqual(where('tiny-demo-broken:latest'), ['laptop connected']);
  });

  it('a model that only one has is asked there, whatever the order is', async () => {
    const { id } = await stack.client.conversations.create({ model: 'tiny-demo-broken' });
    const events = await Array.fromAsync(stack.client.messages.send(id, 'Hello?'));
    const last = events.at(-1);
    assert.ok(last?.type === 'error' && /exit status 2/.test(last.message), 'the engine of the laptop has said so');
  });

  it('another one answers when the one that was asked goes before its first word, and says so', async () => {
    await stack.client.bridges.order([laptopId, studyId]);
    const id = await conversation();
    assert.equal(await answeredBy(id), laptopId);
    laptop.engine.child.process.kill('SIGSTOP');
    let stopped: Promise<void> | undefined;
    const events: ChatEvent[] = [];
    for await (const event of stack.client.messages.send(id, 'And now?')) {
      events.push(event);
      // The laptop was asked, and its engine says nothing.
      if (event.type === 'status' && event.status === 'loading') stopped ??= laptop.bridge.stop();
    }
    await stopped;
    assert.equal(events.map((event) => (event.type === 'chunk' ? event.content : '')).join(''), SENTENCE);
    const answer: Message | undefined = (await stack.client.messages.list(id)).at(-1);
    assert.equal(answer?.metadata?.bridgeId, studyId);
    assert.deepEqual(
      answer.metadata.failedOver?.map(({ bridgeId, bridgeName }) => [bridgeId, bridgeName]),
      [[laptopId, 'laptop']],
    );
  });

  it('what the one that is away has is still in the list, and says so', async () => {
    const models = await stack.client.models.merged();
    const broken = models.find(({ model }) => model === 'tiny-demo-broken:latest');
    assert.deepEqual(
      broken?.bridges.map(({ name, status }) => `${name} ${status}`),
      ['laptop disconnected'],
    );
    await assert.rejects(stack.client.models.installed(laptopId), { code: 'bridge_offline' });
  });

  it('keeps the name its person gives it when it comes back', async () => {
    await stack.client.bridges.rename(laptopId, 'Kitchen');
    laptop.engine.child.process.kill('SIGCONT');
    await laptop.startBridge();
    await until('the laptop is back', 20_000, async () => {
      return (await stack.client.bridges.status(laptopId)).status === 'connected';
    });
    assert.deepEqual(await names(), ['Kitchen', 'study']);
  });

  it('loads and unloads a model where its owner allows it, and nowhere else', async () => {
    const loaded = async (): Promise<boolean> => {
      const { models } = await stack.client.models.installed(laptopId);
      return models.find(({ name }) => name === 'tiny-demo-endless:latest')?.loaded !== undefined;
    };
    assert.equal(await loaded(), false);
    await stack.client.models.load(laptopId, 'tiny-demo-endless');
    assert.equal(await loaded(), true);
    await stack.client.models.unload(laptopId, 'tiny-demo-endless');
    assert.equal(await loaded(), false);

    const refused = { code: 'policy_denied', message: /--allow-model-management/ };
    await assert.rejects(stack.client.models.load(studyId, 'tiny-demo'), refused);
    await assert.rejects(stack.client.models.delete(studyId, 'tiny-demo'), refused);
    assert.equal((await stack.client.models.installed(studyId)).mayManage, false);
  });

  it("tells why a model was not pulled or deleted, in the engine's words", async () => {
    const events = await Array.fromAsync(stack.client.models.pull(laptopId, 'llama3.2'));
    assert.deepEqual(events[0], { type: 'progress', status: 'pulling manifest' });
    const last = events.at(-1);
    assert.ok(last?.type === 'error' && /has no registry/.test(last.message), JSON.stringify(last));
    await assert.rejects(stack.client.models.delete(laptopId, 'tiny-demo'), { message: /is not deleted/ });
  });
});
