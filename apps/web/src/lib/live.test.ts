import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, type RealtimeEvent, type RealtimeOptions } from '@cloudtolocalllm/sdk';
import { settled } from './chat-fixture.ts';
import { createLive } from './live.ts';

/** A relay whose sockets the test speaks on. */
function setUp() {
  const heard: string[] = [];
  const sockets: { path: string; say: (event: RealtimeEvent | Error) => Promise<void>; options: RealtimeOptions }[] =
    [];
  const pauses: (() => void)[] = [];
  const open = (path: string, options: RealtimeOptions = {}) => {
    let tell = Promise.withResolvers<RealtimeEvent>();
    options.signal?.addEventListener('abort', () => tell.reject(new Error('aborted')));
    const say = (event: RealtimeEvent | Error): Promise<void> => {
      if (event instanceof Error) tell.reject(event);
      else tell.resolve(event);
      return settled();
    };
    sockets.push({ path, say, options });
    return (async function* () {
      for (;;) {
        const event = await tell.promise;
        tell = Promise.withResolvers();
        yield event;
      }
    })();
  };
  const live = createLive({
    calls: {
      account: { me: async () => ({ userId: 'user-1', name: 'A', scopes: [] }) },
      realtime: {
        status: (userId, options) => open(`status ${userId}`, options),
        chat: (conversationId, options) => open(`chat ${conversationId}`, options),
      },
    },
    onStatus: ({ type }) => heard.push(`status: ${type}`),
    onChat: (id, { type }) => heard.push(`${id}: ${type}`),
    onChatLost: (id) => heard.push(`${id} lost`),
    onErased: () => heard.push('erased'),
    pause: () => new Promise((resolve) => pauses.push(resolve)),
  });
  return { live, heard, sockets, pauses };
}

test('listens for the person and for the conversation that is open', async () => {
  const { live, heard, sockets } = setUp();
  const end = live.watch();
  const endChat = live.watchChat('conv-1');
  await settled();
  assert.deepEqual(sockets.map(({ path }) => path).toSorted(), ['chat conv-1', 'status user-1']);
  for (const { say } of sockets) await say({ type: 'refetch' });
  assert.deepEqual(heard.toSorted(), ['conv-1: refetch', 'status: refetch']);
  endChat();
  end();
  assert.equal(heard.at(-1), 'conv-1 lost');
  assert.ok(sockets.every(({ options }) => options.signal?.aborted));
});

test('knows whether it is told what happens', async () => {
  const { live, sockets } = setUp();
  const end = live.watch();
  await settled();
  assert.equal(live.isLive.get(), false);
  sockets[0]?.options.onConnection?.('live');
  assert.equal(live.isLive.get(), true);
  sockets[0]?.options.onConnection?.('lost');
  assert.equal(live.isLive.get(), false);
  end();
});

test('tries a refused socket again after a while, and not after it was left', async () => {
  const { live, sockets, pauses } = setUp();
  const end = live.watchChat('conv-1');
  await settled();
  await sockets[0]?.say(new ApiError('no', { status: 404, code: 'not_found' }));
  assert.equal(sockets.length, 1);
  pauses[0]?.();
  await settled();
  assert.equal(sockets.length, 2);
  await sockets[1]?.say(new ApiError('no', { status: 404, code: 'not_found' }));
  end();
  pauses[1]?.();
  await settled();
  assert.equal(sockets.length, 2);
});

test('says that everything was deleted before anybody asks for what is no more', async () => {
  const { live, heard, sockets } = setUp();
  const end = live.watchChat('conv-1');
  await settled();
  await sockets[0]?.say(new ApiError('gone', { status: 410, code: 'erased' }));
  assert.deepEqual(heard, ['erased', 'conv-1 lost']);
  end();
});

test('tries at once when the relay is in reach again, in a pause and in the middle of a try, and leaves what is live', async () => {
  const { live, sockets } = setUp();
  const ends = [live.watchChat('in-pause'), live.watchChat('in-try'), live.watchChat('live')];
  await settled();
  await sockets[0]?.say(new ApiError('no', { status: 404, code: 'not_found' }));
  sockets[2]?.options.onConnection?.('live');
  live.reconnect();
  await settled();
  assert.deepEqual(
    sockets
      .slice(3)
      .map(({ path }) => path)
      .toSorted(),
    ['chat in-pause', 'chat in-try'],
  );
  assert.equal(sockets[2]?.options.signal?.aborted, false);
  for (const end of ends) end();
  live.reconnect();
  await settled();
  assert.equal(sockets.length, 5);
});
