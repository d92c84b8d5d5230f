import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { test } from 'node:test';
import { peerOwner } from './peer-owner.ts';

test('knows whose program is at the other end, where the system says it', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [socket] = (await once(server, 'connection')) as [Socket]; // as: by its types
  assert.equal(await peerOwner(socket), process.platform === 'linux' ? process.getuid?.() : undefined);
  client.destroy();
  server.close();
});

test('also of a program that comes to the address by its IPv6 name', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  // Linux lists it among the connections of IPv6.
  const client = connect((server.address() as AddressInfo).port, '::ffff:127.0.0.1'); // as: it listens on TCP
  const [socket] = (await once(server, 'connection')) as [Socket]; // as: by its types
  assert.equal(await peerOwner(socket), process.platform === 'linux' ? process.getuid?.() : undefined);
  client.destroy();
  server.close();
});
