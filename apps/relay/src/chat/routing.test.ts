import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BridgeLink, BridgeLinks } from '../bridges/bridge-link.ts';
import { RelayError } from '../errors.ts';
import { sameModel } from '@cloudtolocalllm/protocol/bodies';
import { route } from './routing.ts';

/** `places` and `running`: by the bridge's id, 0 when absent. */
function links(
  bridges: [bridgeId: string, ...models: string[]][],
  places: Record<string, number> = {},
  running: Record<string, number> = {},
): BridgeLinks {
  const online = bridges.map(([bridgeId, ...models]): BridgeLink => ({
    bridgeId,
    name: bridgeId,
    priority: places[bridgeId] ?? 0,
    running: running[bridgeId] ?? 0,
    userId: 'user',
    streaming: true,
    models,
    open: () => assert.fail('not asked for'),
    request: () => assert.fail('not asked for'),
    send: () => assert.fail('not asked for'),
  }));
  return {
    async require(_userId, bridgeId) {
      const link = online.find((candidate) => candidate.bridgeId === bridgeId);
      if (!link) throw new RelayError('bridge_offline', 'offline');
      return link;
    },
    online: async (_userId, bridges) => online.filter(({ bridgeId }) => bridges?.has(bridgeId) ?? true),
    ofUser: () => online,
  };
}

const cases: { name: string; links: BridgeLinks; bridgeId?: string; model: string; expected: [string, string] }[] = [
  { name: 'the only bridge', links: links([['a', 'm:1b']]), model: 'm:1b', expected: ['a', 'm:1b'] },
  {
    name: 'the one that has the model',
    links: links([
      ['a', 'x'],
      ['b', 'm'],
    ]),
    model: 'm',
    expected: ['b', 'm'],
  },
  {
    name: 'the one that answered before',
    links: links([
      ['a', 'm'],
      ['b', 'm'],
    ]),
    bridgeId: 'b',
    model: 'm',
    expected: ['b', 'm'],
  },
  {
    name: 'another when that one is away',
    links: links([['a', 'm']]),
    bridgeId: 'gone',
    model: 'm',
    expected: ['a', 'm'],
  },
  {
    name: 'another when that one lost the model',
    links: links([
      ['a', 'm'],
      ['b', 'x'],
    ]),
    bridgeId: 'b',
    model: 'm',
    expected: ['a', 'm'],
  },
  {
    name: 'that one when it lists nothing and nobody has it',
    links: links([['a', 'x'], ['b']]),
    bridgeId: 'b',
    model: 'm',
    expected: ['b', 'm'],
  },
  { name: 'the first one when none lists models', links: links([['a'], ['b']]), model: 'm', expected: ['a', 'm'] },
  {
    name: 'the first one in its owner’s order',
    links: links(
      [
        ['a', 'm'],
        ['b', 'm'],
        ['c', 'x'],
      ],
      { a: 2, b: 1, c: 0 },
      { b: 9 },
    ),
    model: 'm',
    expected: ['b', 'm'],
  },
  {
    name: 'the one with the least to do of those in the same place',
    links: links(
      [
        ['a', 'm'],
        ['b', 'm'],
        ['c', 'm'],
      ],
      {},
      { a: 3, b: 1, c: 2 },
    ),
    model: 'm',
    expected: ['b', 'm'],
  },
  {
    name: 'the one that answered before, whatever the order and however busy it is',
    links: links(
      [
        ['a', 'm'],
        ['b', 'm'],
      ],
      { a: 0, b: 1 },
      { b: 9 },
    ),
    bridgeId: 'b',
    model: 'm',
    expected: ['b', 'm'],
  },
  { name: 'by the name the bridge lists', links: links([['a', 'm:latest']]), model: 'm', expected: ['a', 'm:latest'] },
];
for (const { name, links: given, bridgeId, model, expected } of cases) {
  test(`routes to ${name}`, async () => {
    const chosen = await route(given, { userId: 'user', bridgeId, model });
    assert.deepEqual([chosen.link.bridgeId, chosen.model], expected);
  });
}

test('routes to the allowed bridges alone, whoever answered before', async () => {
  const three = links([
    ['a', 'm'],
    ['b', 'm'],
    ['c', 'x'],
  ]);
  const request = { userId: 'user', bridgeId: 'a', model: 'm' };
  assert.equal((await route(three, { ...request, bridges: new Set(['b', 'c']) })).link.bridgeId, 'b');
  assert.equal((await route(three, { ...request, bridges: new Set(['a']) })).link.bridgeId, 'a');
  await assert.rejects(route(three, { ...request, bridges: new Set(['c']) }), { message: /They have: x\.$/ });
  await assert.rejects(route(three, { ...request, bridges: new Set() }), { code: 'bridge_offline' });
});

test('says to start the bridge when none is online', async () => {
  await assert.rejects(route(links([]), { userId: 'user', bridgeId: 'gone', model: 'm' }), {
    code: 'bridge_offline',
    message: /cloudtolocalllm up/,
  });
});

test('names the models there are when none is the one', async () => {
  await assert.rejects(
    route(
      links([
        ['a', 'x', 'y'],
        ['b', 'y'],
      ]),
      { userId: 'user', model: 'm' },
    ),
    {
      code: 'model_not_found',
      message: /"m".*They have: x, y\.$/,
    },
  );
  const many = Array.from({ length: 30 }, (_, index) => `model-${index}`);
  await assert.rejects(route(links([['a', ...many]]), { userId: 'user', model: 'm' }), {
    message: /model-9 and 20 more\.$/,
  });
});

test('the tag "latest" is optional, any other is not', () => {
  assert(sameModel('llama3.2', 'llama3.2:latest'));
  assert(sameModel('localhost:5000/me/m', 'localhost:5000/me/m:latest'));
  assert(!sameModel('llama3.2', 'llama3.2:1b'));
  assert(!sameModel('m', 'n'));
});

test('routes to the bridge that is named and to no other', async () => {
  const two = links([
    ['a', 'm'],
    ['b', 'm', 'x'],
  ]);
  const request = { userId: 'user', bridgeId: 'a', named: 'b', model: 'm' };
  assert.equal((await route(two, request)).link.bridgeId, 'b');
  await assert.rejects(route(two, { ...request, named: 'a', model: 'x' }), {
    code: 'model_not_found',
    message: /not on that computer\. It has: m\.$/,
  });
  await assert.rejects(route(two, { ...request, named: 'gone' }), { code: 'bridge_offline' });
});

test('fails over to the next one, never to one that has failed already', async () => {
  const three = links(
    [
      ['a', 'm'],
      ['b', 'm'],
      ['c', 'm'],
    ],
    { a: 0, b: 1, c: 2 },
  );
  const request = { userId: 'user', bridgeId: 'b', model: 'm' };
  assert.equal((await route(three, { ...request, except: new Set(['b']) })).link.bridgeId, 'a');
  assert.equal((await route(three, { ...request, except: new Set(['a', 'b']) })).link.bridgeId, 'c');
  await assert.rejects(route(three, { ...request, except: new Set(['a', 'b', 'c']) }), RelayError);
});
