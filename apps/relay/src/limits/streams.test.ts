import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { test } from 'node:test';
import type { Exchange } from '@cloudtolocalllm/protocol';
import { PlayedModel } from '../chat/chat-fixture.ts';
import { startTestRelay, type TestRelay } from '../test-relay.ts';
import { connectBridge, dial, limitsWith, until } from './test-limits.ts';

const limits = limitsWith({ streamsPerUser: 2 });

function send({ url, token }: TestRelay, method = 'POST', path = '/ollama/api/chat'): ClientRequest {
  const headers = { authorization: `Bearer ${token}` };
  return request(url + path, { method, headers, agent: false }).on('error', () => {});
}

async function conversation({ call }: TestRelay): Promise<string> {
  const created = await call('/api/chat/conversations', { method: 'POST', body: { model: 'm' } });
  const { conversation: made } = (await created.json()) as { conversation: { id: string } }; // as: specified
  return `/api/chat/conversations/${made.id}/messages`;
}

test('refuses one stream too many, and takes it when another has ended', async (t) => {
  const relay = await startTestRelay(t, { config: { limits } });
  const { streams } = relay.context.limits;
  const exchanges: Exchange[] = [];
  await connectBridge(t, relay, (_request, exchange) => {
    exchange.head(200, []);
    exchanges.push(exchange);
    return {};
  });
  const open = [send(relay), send(relay)];
  for (const outgoing of open) {
    outgoing.end('{}');
    await once(outgoing, 'response');
  }
  assert.equal(streams.size, 2);
  const refused = await relay.call('/ollama/api/chat', { method: 'POST', body: {} });
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [429, '10']);
  assert.notEqual(refused.headers.get('x-ratelimit-limit'), null);
  assert.equal((await relay.call('/api/me')).status, 200, 'only streams are limited');
  exchanges[0]?.end();
  await until(() => streams.size === 1);
  const next = send(relay);
  next.end('{}');
  const [response] = (await once(next, 'response')) as [IncomingMessage]; // as: Node's types say any
  assert.equal(response.statusCode, 200);
  for (const outgoing of [...open, next]) outgoing.destroy();
  await until(() => streams.size === 0);
});

test('frees every stream, however its answer ends', async (t) => {
  const relay = await startTestRelay(t, { config: { limits: limitsWith({ streamsPerUser: 100 }) } });
  const { streams } = relay.context.limits;
  let behave = (_exchange: Exchange): void => {};
  const { bridge } = await connectBridge(t, relay, (_request, exchange) => (behave(exchange), {}));
  const answered = async (outgoing: ClientRequest): Promise<void> => {
    outgoing.end();
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage]; // as: Node's types say any
    response.resume();
    await once(response, 'close');
  };
  const ends: Record<string, () => Promise<unknown>> = {
    'a whole answer': () => {
      behave = (exchange) => (exchange.head(200, []), exchange.end());
      return answered(send(relay));
    },
    HEAD: () => answered(send(relay, 'HEAD')),
    'a refusal of the bridge': () => {
      behave = (exchange) => exchange.reset('policy_denied', 'no');
      return answered(send(relay));
    },
    'an error of ours': () => answered(send(relay, 'GET', '/api/chat/conversations/conv-x/messages/msg-x/events')),
    'an unknown answer': () =>
      answered(
        send(
          relay,
          'HEAD',
          '/api/chat/conversations/conv-00000000-0000-4000-8000-000000000000/messages/msg-00000000-0000-4000-8000-000000000000/events',
        ),
      ),
    'a client that goes away while it waits': async () => {
      const heard = Promise.withResolvers<void>();
      behave = () => heard.resolve();
      const outgoing = send(relay);
      outgoing.end('{}');
      await heard.promise;
      outgoing.destroy();
    },
    'a client that goes away in the middle of its request': async () => {
      const outgoing = send(relay);
      outgoing.write('{');
      await until(() => streams.size > 0);
      outgoing.destroy();
    },
    'a client that goes away while its token is checked': async () => {
      for (let index = 0; index < 20; index++) {
        const outgoing = send(relay);
        outgoing.end('{}');
        await once(outgoing, 'finish');
        outgoing.destroy();
      }
    },
    'a client that sends several and goes away': async () => {
      behave = () => {};
      const socket = await dial(t, relay);
      const one = `GET /ollama/api/tags HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer ${relay.token}\r\n\r\n`;
      socket.write(one.repeat(3));
      await until(() => streams.size === 3);
      socket.destroy();
    },
    'a broken bridge': async () => {
      const outgoing = send(relay);
      outgoing.end('{}');
      await until(() => streams.size > 0);
      bridge.socket?.close(1000);
      await once(outgoing, 'response');
      outgoing.destroy();
    },
  };
  for (const [name, end] of Object.entries(ends)) {
    await t.test(name, { timeout: 10_000 }, async () => {
      await end();
      await until(() => streams.size === 0);
    });
  }
});

test('an answer being made holds one stream until it ends, also when nobody listens any more', async (t) => {
  const model = new PlayedModel();
  const relay = await startTestRelay(t, { chatModel: model, config: { limits } });
  const { streams } = relay.context.limits;
  const [first, second, third] = [await conversation(relay), await conversation(relay), await conversation(relay)];
  const leave = new AbortController();
  const ask = (path: string, signal?: AbortSignal) =>
    fetch(relay.url + path, {
      method: 'POST',
      body: JSON.stringify({ content: 'hello' }),
      headers: { authorization: `Bearer ${relay.token}`, 'content-type': 'application/json' },
      ...(signal && { signal }),
    });
  assert.equal((await ask(first, leave.signal)).status, 200);
  const asked = await model.next();
  assert.equal(streams.size, 1, 'its own answer does not count twice');
  assert.equal((await ask(first)).status, 409);
  assert.equal(streams.size, 1);
  leave.abort();
  const other = await ask(second);
  const otherAsked = await model.next();
  assert.equal(streams.size, 2);
  const refused = await ask(third);
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [429, '10']);
  const { messages } = (await (await relay.call(third)).json()) as { messages: unknown[] }; // as: specified
  assert.deepEqual(messages, [], 'nothing is stored');
  otherAsked.fail(new Error('broke'));
  await other.text();
  assert.equal(streams.size, 1);
  const again = await ask(third);
  (await model.next()).finish();
  assert.match(await again.text(), /"complete"/);
  asked.finish();
  await until(() => streams.size === 0);
});
