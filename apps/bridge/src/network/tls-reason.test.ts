import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { connect } from 'node:tls';
import { test } from 'node:test';
import { relayApi } from '../relay-api.ts';
import { tlsReason } from './tls-reason.ts';

test('says in words that what answers speaks no TLS, and nothing of OpenSSL', async (t) => {
  const server = createServer((socket) => void socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo; // as: it listens on TCP
  const socket = connect({ port, host: '127.0.0.1' });
  const [error] = (await once(socket, 'error').catch((reason: unknown) => [reason])) as [Error]; // as: its only event
  assert.equal(tlsReason(error), 'what answers there does not speak TLS: is it the right port?');
  await assert.rejects(relayApi.authConfig(`https://127.0.0.1:${port}`), {
    message: `Cannot reach the relay at https://127.0.0.1:${port}: what answers there does not speak TLS: is it the right port?`,
  });
});

test('leaves other errors alone', () => {
  assert.equal(tlsReason(new Error('connect ECONNREFUSED 127.0.0.1:1')), undefined);
});
