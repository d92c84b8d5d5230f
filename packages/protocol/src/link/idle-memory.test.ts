import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { LinkBudget } from './budget.ts';
import { decodeHello, encodeHello, PROTOCOL_VERSION } from './handshake.ts';
import { Link } from './link.ts';
import { linkSocket } from './web-socket-adapter.ts';

const COUNT = 4000;
/** What an idle link took before it made its parts when they are needed: 2.2 KB, and 0.36 KB for its bridge's instance. */
const MAX_LINK_BYTES = 1200;
const MAX_ID_BYTES = 100;

/** Bytes of V8's heap for each of those that `make` makes, when all garbage is collected. */
function heldBy(make: (index: number) => unknown): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void; // as: V8's own function, there since the line above
  const made: unknown[] = Array.from({ length: COUNT + 1 }).fill(undefined); // its own place, before it is measured
  made[COUNT] = make(COUNT); // what the first one of all needs is not theirs
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let index = 0; index < COUNT; index++) made[index] = make(index);
  collect();
  const bytes = (process.memoryUsage().heapUsed - before) / COUNT;
  assert.equal(made.length, COUNT + 1); // held until here
  return bytes;
}

test('a link over which nothing was sent takes little memory', () => {
  const budget = new LinkBudget();
  const webSocket = { bufferedAmount: 0, readyState: 1, send: () => {}, close: () => {} };
  const session = crypto.randomUUID();
  const bytes = heldBy(() => {
    const link = new Link({ session, budget });
    link.attach(linkSocket(webSocket), 0);
    link.receive('{}');
    link.detach(); // acknowledges nothing later
    link.attach(linkSocket(webSocket), 0);
    return link;
  });
  assert.ok(bytes < MAX_LINK_BYTES, `${bytes} bytes`);
});

test('an id of a HELLO is one flat string', () => {
  const bytes = heldBy(
    () => decodeHello(encodeHello({ version: PROTOCOL_VERSION, instance: crypto.randomUUID(), received: 0 })).instance,
  );
  assert.ok(bytes < MAX_ID_BYTES, `${bytes} bytes`);
});
