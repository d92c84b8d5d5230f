import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { askHttp, HttpTimeoutError } from './ask-http.ts';

const BOUNDS = { timeoutMs: 10_000, maxBytes: 100 };

async function start(t: TestContext, answer: RequestListener): Promise<URL> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`); // as: it listens on TCP
}

test('brings status, headers and text, also of a redirect, which it does not follow', async (t) => {
  const asked: (string | undefined)[] = [];
  const url = await start(t, ({ url: path, method, headers }, response) => {
    asked.push(`${method} ${path} ${headers['content-length']}`);
    response.writeHead(302, { location: '/elsewhere', server: 'x' }).end('see there');
  });
  const { status, headers, text } = await askHttp(url, { ...BOUNDS, method: 'POST', body: 'ä' });
  assert.deepEqual([status, headers['server'], text], [302, 'x', 'see there']);
  assert.deepEqual(asked, ['POST / 2']);
});

test('an answer that is too long, or takes too long, is given up and its connection closed', async (t) => {
  const closed: Promise<unknown>[] = [];
  const url = await start(t, ({ socket, url: path }, response) => {
    closed.push(once(socket, 'close'));
    response.write('x'.repeat(path === '/long' ? 101 : 1));
  });
  await assert.rejects(askHttp(new URL('/long', url), BOUNDS), /longer than 100 bytes/);
  await assert.rejects(askHttp(new URL('/slow', url), { ...BOUNDS, timeoutMs: 300 }), HttpTimeoutError);
  await Promise.all(closed);
  assert.equal(closed.length, 2);
});

test('a connection to what switches protocols is closed, not kept', async () => {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connected = once(server, 'connection') as Promise<[Socket]>; // as: by its types
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`); // as: it listens on TCP
  const asked = assert.rejects(askHttp(url, BOUNDS), /switches protocols/);
  const [socket] = await connected;
  const closed = once(socket.resume(), 'close');
  socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n');
  await asked;
  await closed;
  server.close();
});
