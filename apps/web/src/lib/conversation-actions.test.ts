import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '@cloudtolocalllm/sdk';
import { en } from '../texts/en.ts';
import { CONVERSATION, settled } from './chat-fixture.ts';
import { createConversationActions } from './conversation-actions.ts';
import { createToasts } from './toasts.ts';

function setUp() {
  const did: string[] = [];
  const relay = { refuses: false };
  const answer = async <T>(what: string, value: T): Promise<T> => {
    if (relay.refuses) throw new ApiError('away', { status: 0, code: 'network_error' });
    did.push(what);
    return value;
  };
  const timers: { run: () => void; after: number }[] = [];
  const setTimeout = ((run: () => void, after: number) => timers.push({ run, after })) as Window['setTimeout']; // as: no strings of code
  const toasts = createToasts({ setTimeout }, () => 0);
  const actions = createConversationActions({
    calls: {
      conversations: {
        update: (_, part) => answer(`update ${JSON.stringify(part)}`, CONVERSATION),
        delete: () => answer('delete', { undoUntil: '1970-01-01T00:00:20.000Z' }),
        restore: () => answer('restore', CONVERSATION),
      },
      account: { exportAll: () => answer('export account', new Blob(['{}'])) },
      transfer: { exportOne: () => answer('export', new Blob(['{}'])), exportAll: async () => new Blob() },
    },
    toasts,
    texts: { get: () => en },
    put: () => did.push('put'),
    drop: () => did.push('drop'),
    leave: () => did.push('leave') > 0,
    enter: () => did.push('enter'),
    download: (name) => did.push(name),
    now: () => 0,
  });
  return { actions, toasts, did, relay, timers };
}

test('deletes at once, and undoes it while the relay lets it', async () => {
  const { actions, toasts, did, timers } = setUp();
  await actions.remove(CONVERSATION);
  assert.deepEqual(did, ['drop', 'delete', 'leave']);
  const [toast] = toasts.get();
  assert.equal(toast?.text, 'Deleted “Hello”');
  assert.equal(toast?.until, 20_000);
  toast?.action?.run();
  await settled();
  assert.deepEqual(did.slice(3), ['restore', 'put', 'enter']);
  assert.deepEqual(
    timers.map(({ after }) => after),
    [20_000],
  );
  timers[0]?.run();
  assert.deepEqual(toasts.get(), []);
});

test('puts a conversation back, and says why, when it can’t be deleted', async () => {
  const { actions, toasts, did, relay } = setUp();
  relay.refuses = true;
  await actions.remove(CONVERSATION);
  assert.deepEqual(did, ['drop', 'put']);
  assert.equal(toasts.get()[0]?.text, 'The relay can’t be reached');
});

test('names an exported file after its conversation', async () => {
  const { actions, did } = setUp();
  await actions.export({ ...CONVERSATION, title: '../What is/“this”?' }, 'markdown');
  assert.deepEqual(did, ['export', 'What-is-this.md']);
});
