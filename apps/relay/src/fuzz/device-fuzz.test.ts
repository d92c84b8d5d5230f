import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { apiError, conversationResponse, REALTIME_CLOSE_CODES, realtimeToClient } from '@cloudtolocalllm/protocol';
import { Random, SEED } from '@cloudtolocalllm/protocol/testing/seeded-random.ts';
import { pino } from 'pino';
import { PlayedModel } from '../chat/chat-fixture.ts';
import { limitsWith } from '../limits/test-limits.ts';
import { TestDevice } from '../realtime/test-device.ts';
import { startTestRelay, type TestRelay } from '../test-relay.ts';
import { hostileDeviceBytes, upgradeRequest } from './hostile-socket.ts';
import { RawWebSocket } from './raw-web-socket.ts';

const SOCKETS = 1_000;
const AT_A_TIME = 16;
/** Silence after the last hostile message: what would end the socket has done so. */
const QUIET_MS = 10;
/** Nothing takes this long but what hangs. */
const HUNG_MS = 10_000;
/** Some sockets are read from this late, or never. */
const UNREAD_CHANCE = 0.1;

/** The relay's own, those of RFC 6455 for what is not even a message, and 1000 for who says goodbye with it. */
const NAMED_CODES = new Set([...Object.keys(REALTIME_CLOSE_CODES).map(Number), 1000, 1002, 1003, 1007, 1008]);

test('a thousand hostile devices disturb nobody', { timeout: 120_000 }, async (t) => {
  const faults: string[] = [];
  const log = pino({ level: 'error' }, { write: (line: string) => void faults.push(line) });
  const relay = await startTestRelay(t, { log, chatModel: new PlayedModel(), config: { limits: limitsWith({}) } });
  const { realtime } = relay.context;
  const body = { title: 'hostile', model: 'm' };
  const made = await relay.call('/api/chat/conversations', { method: 'POST', body });
  const { conversation } = conversationResponse.parse(await made.json());
  const path = `/api/chat/conversations/${conversation.id}`;
  const userId = relay.context.issuer!.user.id; // the relay has its own issuer
  const good = await TestDevice.connect(`${relay.url}/ws/status/${userId}`, relay.token);
  t.after(() => good.socket.terminate());
  await good.until('ready');

  const paths = [`/ws/chat/${conversation.id}`, `/ws/status/${userId}`];
  const seen: string[] = [];
  const endings = new Map<string, number>();
  let titles = 0;
  const lane = async (first: number): Promise<void> => {
    for (let index = first; index < SOCKETS; index += AT_A_TIME) {
      const random = new Random(SEED + index);
      const ending = await Promise.race([
        oneDevice(relay, random.pick(paths), random, seen),
        setTimeout(HUNG_MS, undefined, { ref: false }).then(() => assert.fail(`Case ${index} hangs; SEED = ${SEED}`)),
      ]);
      endings.set(ending, (endings.get(ending) ?? 0) + 1);
      if (index % 50 === 0) {
        const title = `title ${titles++}`;
        assert.equal((await relay.call(path, { method: 'PATCH', body: { title } })).status, 200);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, (_, first) => lane(first)));
  t.diagnostic(`SEED = ${SEED}; endings: ${[...endings].map((ending) => ending.join(': ')).join(', ')}`);
  assert.deepEqual(faults, [], 'faults in the log');
  assert.ok((endings.get('closed 4400') ?? 0) > 50 && (endings.get('still open') ?? 0) > 50);

  await relay.call(path, { method: 'PATCH', body: { title: 'the last one' } });
  await good.until('conversation', ({ payload }) => payload.conversation.title === 'the last one');
  const deadline = performance.now() + HUNG_MS;
  while (realtime.size > 1 && performance.now() < deadline) await setTimeout(20);
  assert.equal(realtime.size, 1, 'only the good one is left');
});

/** One socket from its opening to its end, which is named in words. */
async function oneDevice(relay: TestRelay, path: string, random: Random, seen: string[]): Promise<string> {
  const after = random.chance(0.3) ? `?after=${random.pick([...seen, 'x', '%', '', '0-0'])}` : '';
  const request = upgradeRequest(random, path + after, relay.token);
  const socket = await RawWebSocket.open(Number(new URL(relay.url).port), request);
  if (socket.status !== 101) {
    const { code } = apiError.parse(JSON.parse(socket.refusal || '{}'));
    assert.ok(code === socket.status && code < 500, `${socket.status}: ${socket.refusal}`);
    return `refused ${code}`;
  }
  const wrong: unknown[] = [];
  if (!random.chance(UNREAD_CHANCE)) {
    socket.onText = (text) => {
      const told = realtimeToClient.safeParse(JSON.parse(text));
      if (!told.success) wrong.push(told.error);
      else if (told.data.id !== undefined && seen.length < 100) seen.push(told.data.id);
    };
  }
  for (let left = random.below(12); left > 0; left--) {
    await socket.send(hostileDeviceBytes(random, seen));
    if (random.chance(0.3)) await setImmediate();
  }
  const ending = await Promise.race([socket.ended, setTimeout(QUIET_MS, 'open' as const)]);
  socket.cut();
  assert.deepEqual(wrong, []);
  if (ending === 'open') return 'still open';
  if (ending.code === undefined) return 'cut';
  assert.ok(NAMED_CODES.has(ending.code), `closed with ${ending.code}`);
  return `closed ${ending.code}`;
}
