import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { engineBridge } from '../models/test-engine-bridge.ts';
import { startTestRelay } from '../test-relay.ts';
import { SILENCE } from './keep-alive.ts';
import { IntervalTicker, TICK_MS } from './keep-alive-ticker.ts';
import { ManualTicker } from './test-pass-through.ts';

test('a relay keeps answers alive, whether their bodies say it first or last', { timeout: 20_000 }, async (t) => {
  const ticker = new ManualTicker();
  const relay = await startTestRelay(t, { ticker });
  const others = ticker.members.size; // of the relay's own
  const { asked } = await engineBridge(relay, () => {});
  await engineBridge(relay, () => {}, { name: 'another', models: ['other'] });
  const cases: [path: string, body: object, type: string][] = [
    ['/v1/chat/completions', { stream: true, model: 'm:1b' }, 'text/event-stream; charset=utf-8'],
    [
      '/v1/chat/completions',
      { model: 'm:1b', messages: 'x'.repeat(3_000_000), stream: true },
      'text/event-stream; charset=utf-8',
    ],
    ['/ollama/v1/messages', { model: 'm:1b@Study', stream: true }, 'text/event-stream; charset=utf-8'],
    ['/ollama/api/chat', { model: 'm:1b' }, 'application/x-ndjson'],
  ];
  for (const [path, body, type] of cases) {
    asked.length = 0;
    const answering = relay.call(path, { method: 'POST', body });
    while (asked.length === 0) await turn();
    ticker.pass(SILENCE.stream);
    const response = await answering;
    assert.equal(response.headers.get('content-type'), type, path);
    await response.body?.cancel();
    await asked[0]!.reset; // asked once
  }
  while (ticker.members.size > others) await turn();
});

test('one timer tells all answers the time', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const ticker = new IntervalTicker();
  const ticks = [0, 0];
  const members = [0, 1].map((index) => ({ tick: () => void ticks[index]!++ }));
  for (const member of members) ticker.add(member);
  t.mock.timers.tick(TICK_MS * 3);
  ticker.delete(members[0]!); // one of two
  t.mock.timers.tick(TICK_MS);
  assert.deepEqual(ticks, [3, 4]);
  ticker[Symbol.dispose]();
  t.mock.timers.tick(TICK_MS * 3);
  assert.deepEqual(ticks, [3, 4]);
});
