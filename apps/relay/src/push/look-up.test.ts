import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { lookUp } from './look-up.ts';

const TYPE_A = 1;

/** A name server that knows one IPv4 address, or says nothing. */
async function startServer(t: TestContext, isSilent: boolean): Promise<string> {
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    if (isSilent) return;
    const question = query.subarray(12, query.indexOf(0, 12) + 5);
    const isA = question.readUInt16BE(question.length - 4) === TYPE_A;
    const head = Buffer.from([query[0] ?? 0, query[1] ?? 0, 0x81, 0x80, 0, 1, 0, isA ? 1 : 0, 0, 0, 0, 0]);
    const answer = Buffer.from([0xc0, 12, 0, TYPE_A, 0, 1, 0, 0, 0, 60, 0, 4, 93, 184, 215, 14]);
    socket.send(Buffer.concat(isA ? [head, question, answer] : [head, question]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.after(() => socket.close());
  return `127.0.0.1:${socket.address().port}`;
}

test('a name has the addresses of the families that it has', async (t) => {
  const servers = [await startServer(t, false)];
  assert.deepEqual(await lookUp('push.example', { servers }), [{ address: '93.184.215.14', family: 4 }]);
});

test('a name server that says nothing is left after a while', async (t) => {
  const servers = [await startServer(t, true)];
  await assert.rejects(lookUp('push.example', { servers, timeoutMs: 50, tries: 1 }), /ETIMEOUT|ECANCELLED/);
});
