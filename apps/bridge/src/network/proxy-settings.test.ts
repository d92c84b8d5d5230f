import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BridgeError } from '../bridge-error.ts';
import { proxyEnvironment, proxyFor, proxyName, readProxySettings, withExceptions } from './proxy-settings.ts';

const PROXY = 'http://proxy.example:3128';

test('reads both cases, the small letters first, and adds the scheme that people leave out', () => {
  const name = (env: NodeJS.ProcessEnv): string | undefined => readProxySettings(env).https?.href;
  assert.equal(name({}), undefined);
  assert.equal(name({ HTTPS_PROXY: '' }), undefined);
  assert.equal(name({ HTTPS_PROXY: PROXY }), `${PROXY}/`);
  assert.equal(name({ https_proxy: PROXY, HTTPS_PROXY: 'http://other.example' }), `${PROXY}/`);
  assert.equal(name({ HTTPS_PROXY: 'proxy.example:3128' }), `${PROXY}/`);
  assert.equal(readProxySettings({ http_proxy: PROXY }).http?.href, `${PROXY}/`);
  assert.deepEqual(readProxySettings({ NO_PROXY: 'a.example, .b.example  c:8080,' }).exceptions, [
    'a.example',
    '.b.example',
    'c:8080',
  ]);
});

test('refuses what is no HTTP proxy without quoting it', () => {
  for (const text of ['socks5://u:secret@h:1', 'ftp://secret', 'http://', 'http://u:%E0%A4%A@h', 'a secret']) {
    assert.throws(
      () => readProxySettings({ HTTPS_PROXY: text }),
      (error: unknown) => {
        assert.ok(error instanceof BridgeError && error.code === 'usage', text);
        assert.match(error.message, /^HTTPS_PROXY /);
        assert.ok(!error.message.includes('secret'));
        return true;
      },
    );
  }
});

test('names a proxy without name and password', () => {
  assert.equal(proxyName(new URL('http://ada:secret@proxy.example:3128')), 'proxy.example:3128');
});

test('goes through the proxy of its scheme, never to this computer or an exception', () => {
  const settings = readProxySettings({ HTTPS_PROXY: PROXY, NO_PROXY: 'inside.example,*.lan,.corp,10.0.0.1,odd:8443' });
  const cases: [address: string, isProxied: boolean][] = [
    ['https://relay.example', true],
    ['wss://relay.example/ws', true],
    ['http://relay.example', false],
    ['https://localhost:3000', false],
    ['https://127.0.0.1', false],
    ['https://[::1]:8443', false],
    ['https://inside.example', false],
    ['https://very.inside.example', false],
    ['https://notinside.example', true],
    ['https://a.lan', false],
    ['https://a.corp', false],
    ['https://10.0.0.1', false],
    ['https://odd:8443', false],
    ['https://odd', true],
    ['not an address', false],
  ];
  for (const [address, isProxied] of cases) {
    assert.equal(proxyFor(settings, address)?.href, isProxied ? `${PROXY}/` : undefined, address);
  }
  assert.equal(proxyFor(readProxySettings({ HTTPS_PROXY: PROXY, NO_PROXY: '*' }), 'https://relay.example'), undefined);
  assert.equal(proxyFor(withExceptions(settings, ['relay.example']), 'https://relay.example'), undefined);
});

test('tells Node the same, with this computer as an exception always', () => {
  const { NO_PROXY, ...rest } = proxyEnvironment(readProxySettings({ HTTPS_PROXY: PROXY, NO_PROXY: 'a.example' }));
  assert.deepEqual(rest, { HTTPS_PROXY: `${PROXY}/` });
  assert.deepEqual(NO_PROXY?.split(','), ['a.example', 'localhost', '127.0.0.1', '[::1]', '::1']);
});
