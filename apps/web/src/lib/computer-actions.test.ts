import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, type BridgeStatus } from '@cloudtolocalllm/sdk';
import { en } from '../texts/en.ts';
import { createComputerActions } from './computer-actions.ts';
import { byOrder } from './computer-state.ts';
import { createComputers } from './computers.ts';
import { createStore } from './store.ts';

const computer = (name: string, priority: number): BridgeStatus => ({
  bridgeId: `bridge-${name}`,
  name,
  status: 'connected',
  lastSeen: null,
  priority,
  client: { platform: 'linux', version: '1', ollamaStatus: 'connected', models: [] },
});

/** Three computers, and a relay that takes everything unless the test refuses. */
function setUp() {
  const page = new EventTarget() as unknown as Window; // as: nobody watches, so nothing of it is used
  const computers = createComputers({ list: async () => [], page, isLive: createStore(true) });
  for (const [priority, name] of ['a', 'b', 'c'].entries())
    computers.hear({ type: 'bridge', payload: { bridge: computer(name, priority) } });
  const said: string[] = [];
  const asked: unknown[] = [];
  const relay: { refusal?: ApiError } = {};
  const call = <Values extends unknown[], T>(answer: (...values: Values) => T) => {
    return async (...values: Values): Promise<T> => {
      asked.push(values);
      if (relay.refusal) throw relay.refusal;
      return answer(...values);
    };
  };
  const changed = call((id: string, model: string) => ({ success: true as const, message: `${model} of ${id}` }));
  const actions = createComputerActions({
    calls: {
      bridges: {
        rename: call((_: string, name: string) => ({ ...computer('a', 0), name })),
        order: call((ids: readonly string[]) =>
          ids.map((id, priority) => computer(id.slice('bridge-'.length), priority)),
        ),
        remove: call(() => {}),
      },
      models: { load: changed, unload: changed, delete: changed },
    },
    computers,
    toasts: { show: ({ text }) => said.push(text) },
    texts: createStore(en),
    onModels: async (bridgeId) => void said.push(`models of ${bridgeId}`),
  });
  const names = (): string[] =>
    computers
      .get()
      .list.toSorted(byOrder)
      .map(({ name }) => name);
  return { actions, names, said, asked, relay };
}

test('a computer is at its new place at once, and back when the relay refuses', async () => {
  const { actions, names, asked, said, relay } = setUp();
  const moving = actions.move('bridge-c', 0);
  assert.deepEqual(names(), ['c', 'a', 'b']);
  await moving;
  assert.deepEqual(asked, [[['bridge-c', 'bridge-a', 'bridge-b']]]);
  assert.deepEqual(names(), ['c', 'a', 'b']);
  relay.refusal = new ApiError('Not now', { status: 503, code: 'shutting_down' });
  await actions.move('bridge-c', 2);
  assert.deepEqual([names(), said], [['c', 'a', 'b'], ['The relay is restarting']]);
});

test('a renamed computer has its name, a revoked one is gone', async () => {
  const { actions, names, said } = setUp();
  await actions.rename(computer('a', 0), 'attic');
  assert.deepEqual(names(), ['attic', 'b', 'c']);
  await actions.revoke(computer('b', 1));
  assert.deepEqual([names(), said], [['attic', 'c'], ['b is revoked']]);
});

test('a computer that could not be revoked stays, and who asked is told', async () => {
  const { actions, names, said, relay } = setUp();
  relay.refusal = new ApiError('Not now', { status: 503, code: 'shutting_down' });
  await assert.rejects(actions.revoke(computer('b', 1)), relay.refusal);
  assert.deepEqual([names(), said], [['a', 'b', 'c'], []]);
});

test('the models are asked for again after one was changed, not after a refusal', async () => {
  const { actions, said, relay } = setUp();
  await actions.load('bridge-a', 'm');
  await actions.delete('bridge-a', 'm');
  assert.deepEqual(said, ['models of bridge-a', 'm is deleted', 'models of bridge-a']);
  relay.refusal = new ApiError('Its owner does not allow it', { status: 403, code: 'policy_denied' });
  await actions.unload('bridge-a', 'm');
  assert.equal(said.at(-1), 'Your computer doesn’t allow this');
});
