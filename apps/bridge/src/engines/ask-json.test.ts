import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { test } from 'node:test';
import { askJson } from './ask-json.ts';

test('a connection to what switches protocols is closed, not kept', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connected = once(server, 'connection') as Promise<[Socket]>; // as: by its types
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`); // as: it listens on TCP
  const asked = assert.rejects(askJson({ url, path: '/', timeoutMs: 10_000 }), { silence: 'broken' });
  const [socket] = await connected;
  const closed = once(socket.resume(), 'close');
  socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n');
  await asked;
  await closed;
  server.close();
});
