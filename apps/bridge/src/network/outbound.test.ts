import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { proxyTrouble } from './open-way.ts';
import { proxyAgent, proxyInForce, reachDirectly, useProxies } from './outbound.ts';
import { readProxySettings } from './proxy-settings.ts';

/** A proxy that refuses with this status, and notes what it was asked for. */
async function startProxy(t: TestContext, status: number) {
  const asked: string[] = [];
  const server = createServer().on('connect', ({ url }, socket) => {
    asked.push(url ?? '');
    socket.on('error', () => {});
    socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    useProxies(readProxySettings({}));
    server.closeAllConnections();
    server.close();
  });
  return { asked, address: `http://ada:secret@127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test('fetch, agents and what is said agree on which hosts are reached through the proxy', async (t) => {
  const { asked, address } = await startProxy(t, 403);
  useProxies(readProxySettings({ HTTPS_PROXY: address, NO_PROXY: 'inside.invalid,*.lan.invalid' }));
  reachDirectly(['engine.invalid']);
  const hosts = ['relay.invalid', 'inside.invalid', 'a.inside.invalid', 'b.lan.invalid', 'engine.invalid'];
  for (const host of hosts) {
    await assert.rejects(fetch(`https://${host}`));
    const isProxied = proxyInForce(`https://${host}`) !== undefined;
    assert.equal(asked.includes(`${host}:443`), isProxied, host);
    assert.equal(proxyAgent(`wss://${host}`) !== undefined, isProxied, host);
  }
  assert.deepEqual(asked, ['relay.invalid:443']);
});

test('says what a proxy means, and never its password', async (t) => {
  for (const [status, said] of [
    [407, /wants a name and a password \(407\)/],
    [403, /does not allow relay\.invalid:443 \(403\)/],
    [502, /cannot reach relay\.invalid:443 \(502\)/],
    [418, /refuses the way to relay\.invalid:443 \(418\)/],
  ] as const) {
    const { address } = await startProxy(t, status);
    useProxies(readProxySettings({ HTTPS_PROXY: address }));
    const trouble = (await proxyTrouble('https://relay.invalid')) ?? '';
    assert.match(trouble, said);
    assert.doesNotMatch(trouble, /secret|ada/);
  }
  useProxies(readProxySettings({ HTTPS_PROXY: 'http://127.0.0.1:1' }));
  assert.match((await proxyTrouble('https://relay.invalid')) ?? '', /^The proxy 127\.0\.0\.1:1 refuses connections/);
  assert.equal(await proxyTrouble('https://localhost:1'), undefined, 'not through the proxy');
});
