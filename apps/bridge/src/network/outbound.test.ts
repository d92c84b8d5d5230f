import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { askHttp } from './ask-http.ts';
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

test('what goes to this computer in the clear never passes a proxy, whichever of its addresses it goes to', async (t) => {
  const { asked, address } = await startProxy(t, 403);
  const passed: string[] = [];
  const here = createServer((request, response) => response.end(request.headers.host)).listen(0, '0.0.0.0');
  await once(here, 'listening');
  t.after(() => here.close());
  useProxies(readProxySettings({ HTTPS_PROXY: address, HTTP_PROXY: address }));
  for (const name of ['localhost', '127.0.0.1', '127.8.9.1']) {
    const host = `${name}:${(here.address() as AddressInfo).port}`;
    passed.push(await (await fetch(`http://${host}/`)).text());
    passed.push((await askHttp(new URL(`http://${host}/`), { timeoutMs: 10_000, maxBytes: 100 })).text);
    assert.equal(proxyInForce(`ws://${host}`), undefined, host);
    assert.equal(proxyInForce(`wss://${host}`), undefined, host);
    assert.deepEqual(passed.splice(0), [host, host]);
  }
  assert.deepEqual(asked, []);
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
