import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import {
  apiError,
  pushState,
  pushTestAnswer,
  type SubscribeToPushRequest,
  subscribeToPushAnswer,
} from '@cloudtolocalllm/protocol';
import { importJWK, jwtVerify } from 'jose';
import { pino } from 'pino';
import { rowsOf } from '../fuzz/rows.ts';
import { startTestRelay, type TestRelay, type TestRelayOptions } from '../test-relay.ts';
import { TestBrowser, TestPushService } from './test-push-service.ts';

async function start(t: TestContext, options: TestRelayOptions = {}) {
  const service = await TestPushService.start(t);
  const relay = await startTestRelay(t, { pushNetwork: service.network, ...options });
  return { service, relay };
}

async function subscribe({ call }: TestRelay, browser: TestBrowser, token?: string, name?: string) {
  const body = { ...browser.toJSON(), ...(name !== undefined && { name }) };
  const options = { method: 'POST', body, ...(token !== undefined && { token }) };
  const response = await call('/api/push/subscriptions', options);
  assert.equal(response.status, 200, await response.clone().text());
  return subscribeToPushAnswer.parse(await response.json()).subscription;
}

async function read({ call }: TestRelay, token?: string) {
  const response = await call('/api/push', token === undefined ? {} : { token });
  return pushState.parse(await response.json());
}

async function testAll({ call }: TestRelay) {
  const response = await call('/api/push/test', { method: 'POST' });
  assert.equal(response.status, 200);
  return pushTestAnswer.parse(await response.json()).results;
}

test('a browser that subscribed gets a notice that it alone can read, from this relay', async (t) => {
  const { service, relay } = await start(t, { config: { push: { subject: 'mailto:ada@relay.example' } } });
  const browser = new TestBrowser('one');
  const subscription = await subscribe(relay, browser, undefined, 'Phone');
  assert.deepEqual([subscription.name, subscription.endpointOrigin], ['Phone', 'https://push.example']);
  assert.deepEqual(await testAll(relay), [{ id: subscription.id, outcome: 'sent' }]);

  const pushed = await service.next();
  assert.deepEqual(browser.read(pushed), { type: 'test' });
  assert.throws(() => new TestBrowser('other').read(pushed));
  assert.equal(pushed.path, '/one');
  const { headers } = pushed;
  assert.deepEqual(
    [headers['content-encoding'], headers.ttl, headers.topic, headers.host],
    ['aes128gcm', '86400', 'test', 'push.example'],
  );
  const [, jwt = '', key = ''] = /^vapid t=([^,]+), k=([\w-]+)$/.exec(headers.authorization ?? '') ?? [];
  assert.equal(key, (await read(relay)).publicKey);
  const point = Buffer.from(key, 'base64url');
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString('base64url'));
  const jwk = await importJWK({ kty: 'EC', crv: 'P-256', x: x!, y: y! }, 'ES256'); // both are there
  const { payload, protectedHeader } = await jwtVerify(jwt, jwk, { audience: 'https://push.example' });
  assert.equal(protectedHeader.alg, 'ES256');
  assert.equal(payload.sub, 'mailto:ada@relay.example');
  assert.ok(payload.exp! <= Date.now() / 1000 + 24 * 3600, 'RFC 8292, 2: at most a day');
});

test('the same browser stays one subscription, and can be removed by its person alone', async (t) => {
  const { relay } = await start(t);
  const browser = new TestBrowser('one');
  const first = await subscribe(relay, browser);
  const again = await subscribe(relay, browser, undefined, 'Laptop');
  assert.deepEqual([again.id, again.created, again.name], [first.id, first.created, 'Laptop']);
  assert.equal((await read(relay)).subscriptions.length, 1);
  const other = await relay.tokenFor('user-other');
  assert.deepEqual((await read(relay, other)).subscriptions, []);
  const path = `/api/push/subscriptions/${first.id}`;
  assert.equal((await relay.call(path, { method: 'DELETE', token: other })).status, 404);
  assert.equal((await relay.call(path, { method: 'DELETE' })).status, 200);
  assert.equal((await relay.call(path, { method: 'DELETE' })).status, 404);
});

test('a browser that somebody else signed in at is theirs, which needs all that it keeps secret', async (t) => {
  const { relay } = await start(t);
  const token = await relay.tokenFor('user-other');
  const browser = new TestBrowser('one');
  await subscribe(relay, browser);
  await subscribe(relay, new TestBrowser('one'), token);
  assert.equal((await read(relay)).subscriptions.length, 1, 'the endpoint alone takes nothing away');
  await subscribe(relay, browser, await relay.tokenFor('user-third'));
  assert.deepEqual((await read(relay)).subscriptions, []);
  assert.equal((await read(relay, token)).subscriptions.length, 1);
});

test('a retry with the same key is the same subscription', async (t) => {
  const { relay } = await start(t);
  const send = async () => {
    const response = await fetch(`${relay.url}/api/push/subscriptions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${relay.token}`,
        'content-type': 'application/json',
        'idempotency-key': 'once',
      },
      body: JSON.stringify(browser),
    });
    return subscribeToPushAnswer.parse(await response.json()).subscription;
  };
  const browser = new TestBrowser('one');
  assert.deepEqual(await send(), await send());
});

test('20 browsers of a person are the most', async (t) => {
  const { relay } = await start(t);
  for (let count = 0; count < 20; count++) await subscribe(relay, new TestBrowser(`${count}`));
  const body = new TestBrowser('more').toJSON();
  const refused = await relay.call('/api/push/subscriptions', { method: 'POST', body });
  assert.equal(refused.status, 409);
  await subscribe(relay, new TestBrowser('other'), await relay.tokenFor('user-other'));
});

test('what is no subscription of a public push service is refused, and says which field', async (t) => {
  const { service, relay } = await start(t);
  const good = new TestBrowser('one').toJSON();
  const { keys } = good;
  const notAPoint = Buffer.alloc(65, 7).toString('base64url');
  const refused: [Partial<SubscribeToPushRequest>, field: string][] = [
    [{ endpoint: 'http://push.example/1' }, 'endpoint'],
    [{ endpoint: 'https://127.0.0.1/1' }, 'endpoint'],
    [{ endpoint: `https://push.example/${'a'.repeat(2048)}` }, 'endpoint'],
    [{ keys: { ...keys, auth: 'c2hvcnQ' } }, 'keys.auth'],
    [{ keys: { ...keys, p256dh: keys.p256dh.slice(1) } }, 'keys.p256dh'],
    [{ keys: { ...keys, p256dh: `${keys.p256dh}AAAA` } }, 'keys.p256dh'],
    [{ keys: { ...keys, p256dh: notAPoint } }, 'keys.p256dh'],
    [{ name: 'n'.repeat(101) }, 'name'],
  ];
  for (const [changes, field] of refused) {
    const response = await relay.call('/api/push/subscriptions', { method: 'POST', body: { ...good, ...changes } });
    const { error, details = {} } = apiError.parse(await response.json());
    assert.deepEqual([error, Object.keys(details)], ['validation_failed', [field]]);
  }
  service.resolve = async () => [{ address: '192.168.1.1', family: 4 }];
  const response = await relay.call('/api/push/subscriptions', { method: 'POST', body: good });
  const { details } = apiError.parse(await response.json());
  assert.deepEqual(details, { endpoint: 'must be on the public Internet' });
  assert.deepEqual((await read(relay)).subscriptions, []);
});

test('one test of a person at a time, and none waits for that of another', async (t) => {
  const { service, relay } = await start(t);
  const token = await relay.tokenFor('user-other');
  await subscribe(relay, new TestBrowser('one'));
  const held = Promise.withResolvers<void>();
  service.answer = (response) => void held.promise.then(() => response.writeHead(201).end());
  const first = testAll(relay);
  await service.next();
  const refused = await relay.call('/api/push/test', { method: 'POST' });
  assert.equal(refused.status, 429);
  assert.equal(apiError.parse(await refused.json()).error, 'rate_limited');
  assert.equal((await relay.call('/api/push/test', { method: 'POST', token })).status, 200);
  held.resolve();
  assert.equal((await first)[0]?.outcome, 'sent');
  assert.equal((await testAll(relay))[0]?.outcome, 'sent');
});

test('one endpoint of a person is looked up at a time, and none waits for that of another', async (t) => {
  const { service, relay } = await start(t);
  const token = await relay.tokenFor('user-other');
  const { resolve } = service;
  const [asked, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  service.resolve = async (hostname) => {
    asked.resolve();
    await held.promise;
    return resolve(hostname);
  };
  const first = subscribe(relay, new TestBrowser('one'));
  await asked.promise;
  service.resolve = resolve;
  const body = new TestBrowser('two').toJSON();
  assert.equal((await relay.call('/api/push/subscriptions', { method: 'POST', body })).status, 429);
  await subscribe(relay, new TestBrowser('three'), token);
  held.resolve();
  await first;
  await subscribe(relay, new TestBrowser('two'));
});

test('a name that means something else when it is sent to is not connected to', async (t) => {
  const { service, relay } = await start(t);
  await subscribe(relay, new TestBrowser('one'));
  for (const address of ['127.0.0.1', '169.254.169.254', '::ffff:10.0.0.1']) {
    service.resolve = async () => [{ address, family: address.includes(':') ? 6 : 4 }];
    assert.equal((await testAll(relay))[0]?.outcome, 'failed');
  }
  assert.deepEqual([service.led, service.pushed], [[], []]);
});

test('a browser that wants no more is removed, one that failed stays for a while', async (t) => {
  const { service, relay } = await start(t);
  const { id } = await subscribe(relay, new TestBrowser('one'));
  for (const status of [500, 429, 301, 403]) {
    service.answer = (response) =>
      void response.writeHead(status, { location: 'https://push.example/elsewhere' }).end();
    assert.deepEqual(await testAll(relay), [{ id, outcome: 'failed' }]);
  }
  assert.deepEqual(
    service.pushed.map(({ path }) => path),
    ['/one', '/one', '/one', '/one'],
    'no redirect is followed',
  );
  for (const status of [404, 410]) {
    await subscribe(relay, new TestBrowser('one'));
    service.answer = (response) => void response.writeHead(status).end();
    assert.ok((await testAll(relay)).every(({ outcome }) => outcome === 'gone' || outcome === 'failed'));
    assert.deepEqual((await read(relay)).subscriptions, []);
  }
});

test('a browser that is not reached 20 times in a row is given up, and one success begins anew', async (t) => {
  const { service, relay } = await start(t);
  await subscribe(relay, new TestBrowser('one'));
  const fail = (response: { writeHead(status: number): { end(): void } }): void => response.writeHead(503).end();
  const succeed = service.answer;
  for (let count = 0; count < 19; count++) {
    service.answer = fail;
    await testAll(relay);
  }
  service.answer = succeed;
  assert.equal((await testAll(relay))[0]?.outcome, 'sent');
  service.answer = fail;
  for (let count = 0; count < 19; count++) await testAll(relay);
  assert.equal((await read(relay)).subscriptions.length, 1);
  await testAll(relay);
  assert.deepEqual((await read(relay)).subscriptions, []);
});

test('no secret of a browser or of the relay is in an answer, an export or the log', async (t) => {
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  const { service, relay } = await start(t, { log });
  const browser = new TestBrowser('a-secret-path');
  await subscribe(relay, browser);
  service.answer = (response) => void response.destroy();
  await testAll(relay);
  service.resolve = () => Promise.reject(new Error('https://push.example/a-secret-path'));
  await testAll(relay);
  const refused = await relay.call('/api/push/subscriptions', { method: 'POST', body: browser });
  assert.equal(refused.status, 400);
  const answers = [
    await (await relay.call('/api/push')).text(),
    await (await relay.call('/api/me/export')).text(),
    await refused.text(),
  ];
  const stored = await relay.context.settings.get('push_vapid_keys');
  const { privateKey } = JSON.parse(stored ?? '{}') as { privateKey: string }; // as: made by the relay
  const { keys } = browser.toJSON();
  const all = [...answers, ...lines].join('\n');
  assert.ok(lines.length > 0);
  for (const secret of [privateKey, keys.auth, keys.p256dh, 'a-secret-path']) assert.ok(!all.includes(secret));
});

test('the keys of a relay stay the same', async (t) => {
  const { relay } = await start(t);
  const before = (await read(relay)).publicKey;
  const { loadVapidKeys } = await import('./vapid-keys.ts');
  assert.equal((await loadVapidKeys(relay.context.settings)).publicKey, before);
});

test('an API key can do nothing of this', async (t) => {
  const { relay } = await start(t);
  const made = await relay.call('/api/keys', { method: 'POST', body: { name: 'k', scopes: ['chat'] } });
  const { secret } = (await made.json()) as { secret: string }; // as: specified
  for (const [method, path] of [
    ['GET', '/api/push'],
    ['POST', '/api/push/test'],
    ['POST', '/api/push/subscriptions'],
  ] as const) {
    assert.equal((await relay.call(path, { method, token: secret })).status, 403);
  }
  assert.deepEqual((await rowsOf(relay, relay.context.issuer!.user.id))['push_subscriptions'], []);
});
