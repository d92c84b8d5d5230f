import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { test } from 'node:test';
import { promisify } from 'node:util';
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

// Only root can open a connection as somebody else.
const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
test('takes no other user for the one who has the same port at another address', { skip: !isRoot }, async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // as: it listens on TCP
  const client = connect(port, '127.0.0.1');
  const [own] = (await once(server, 'connection')) as [Socket]; // as: by its types
  const NOBODY = 65_534;
  process.seteuid?.(NOBODY);
  const stranger = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2', localPort: own.remotePort });
  t.after(() => {
    for (const socket of [client, stranger]) socket.destroy();
  });
  const [theirs] = (await once(server, 'connection')) as [Socket]; // as: by its types
  process.seteuid?.(0);
  assert.equal(theirs.remotePort, own.remotePort);
  assert.deepEqual([await peerOwner(own), await peerOwner(theirs)], [0, NOBODY]);
});

test('sees through the little of /proc that a service of the system has', { skip: !isRoot }, async () => {
  const look = `
    import { once } from 'node:events';
    import { connect, createServer } from 'node:net';
    import { peerOwner } from ${JSON.stringify(new URL('peer-owner.ts', import.meta.url).href)};
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect(server.address().port, '127.0.0.1');
    const [socket] = await once(server, 'connection');
    console.log(await peerOwner(socket));
    client.destroy();
    server.close();`;
  // As ProcSubset=pid of its unit.
  const inside = 'mount -t proc -o subset=pid proc /proc && exec "$0" --input-type=module --eval "$1"';
  const { stdout } = await promisify(execFile)('unshare', ['--mount', 'sh', '-c', inside, process.execPath, look]);
  assert.equal(stdout, '0\n');
});
