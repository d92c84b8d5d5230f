import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pullEvent } from '@cloudtolocalllm/protocol';
import { startTestRelay } from '../test-relay.ts';
import { loadModel } from './model-changes.ts';
import { PullModel } from './pull-model.ts';
import { answer, type EngineAsked, engineBridge } from './test-engine-bridge.ts';

test('a load that takes long is told as such, and goes on', async (t) => {
  const relay = await startTestRelay(t);
  const asked = Promise.withResolvers<EngineAsked>();
  const { bridgeId } = await engineBridge(relay, asked.resolve);
  const link = await relay.context.links.require(relay.context.issuer!.user.id, bridgeId); // its own issuer
  assert.match(await loadModel(link, 'm:1b', 1), /^m:1b is still being loaded/);
  const one = await asked.promise;
  assert.equal(relay.context.links.exchangeCount, 1);
  answer(one, 200, {});
  while (relay.context.links.exchangeCount > 0) await new Promise((resolve) => setImmediate(resolve));
});

test('a pull whose engine says nothing gives signs of life', async (t) => {
  const asked = Promise.withResolvers<EngineAsked>();
  const relay = await startTestRelay(t, {
    extend: (app) => {
      app.post('/test/pull', { config: { access: 'account' } }, async ({ user }, reply) => {
        const [link] = relay.context.links.ofUser(user.id);
        const fail = (error: Error): void => assert.fail(error);
        PullModel.begin({ link: link!, model: 'm', response: reply.raw, headers: {}, keepAliveMs: 1, fail }); // connected below
        reply.hijack();
      });
    },
  });
  await engineBridge(relay, asked.resolve);
  const response = await relay.call('/test/pull', { method: 'POST' });
  const { exchange } = await asked.promise;
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const isFirst = text === '';
    text += chunk;
    if (!isFirst) continue;
    exchange.head(200, []);
    exchange.write(Buffer.from('{"status":"success"}\n'));
    exchange.end();
  }
  const events = text
    .trim()
    .split('\n')
    .map((line) => pullEvent.parse(JSON.parse(line)));
  assert.deepEqual(events[0], { type: 'progress', status: 'waiting for the engine' });
  assert.deepEqual(events.at(-1), { type: 'complete', model: 'm' });
});
