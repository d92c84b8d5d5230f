import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useProxies } from './outbound.ts';
import { readProxySettings } from './proxy-settings.ts';
import { refusalReason, socketTrouble } from './socket-trouble.ts';

test("tells the relay's refusal from one of something on the way", () => {
  assert.equal(
    refusalReason({ statusCode: 401, headers: { 'x-request-id': 'req-1' } }),
    'the relay refused the connection (401)',
  );
  assert.match(
    refusalReason({ statusCode: 200, headers: { server: 'proxy' } }),
    /does not let WebSockets through \(it answered 200\): see cloudtolocalllm doctor$/,
  );
});

test("tells what a proxy did in Node's words in ours", (t) => {
  t.after(() => useProxies(readProxySettings({})));
  const tunnel = Object.assign(new Error('Failed to establish tunnel … HTTP/1.1 407 Proxy Authentication Required'), {
    code: 'ERR_PROXY_TUNNEL',
  });
  assert.equal(socketTrouble(tunnel, 'wss://relay.example/ws'), tunnel.message, 'no proxy, no word of one');
  useProxies(readProxySettings({ HTTPS_PROXY: 'http://ada:secret@proxy.example:3128' }));
  assert.match(
    socketTrouble(tunnel, 'wss://relay.example/ws'),
    /^the proxy proxy\.example:3128 wants a name and a password/,
  );
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  assert.equal(socketTrouble(refused, 'wss://relay.example'), 'the proxy proxy.example:3128 refuses connections');
  assert.equal(socketTrouble(new Error('socket hang up'), 'wss://relay.example'), 'socket hang up');
});
