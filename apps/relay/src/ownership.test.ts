import assert from 'node:assert/strict';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { apiError, conversationList, createKeyResponse, registerBridgeResponse } from '@cloudtolocalllm/protocol';
import { generateKeyPair, SignJWT } from 'jose';
import { addFirstPassword } from './accounts/embedded/first-password.ts';
import type { Access } from './api.ts';
import { type Inhabitant, moveIn } from './fuzz/inhabitant.ts';
import { settledRowsOf } from './fuzz/rows.ts';
import { type ValidRequest, validRequests } from './fuzz/valid-requests.ts';
import { limitsWith } from './limits/test-limits.ts';
import { TestDriver } from './proxies/test-driver.ts';
import type { TestRelay } from './test-relay.ts';
import { type ListedRoute, startRelayWithRoutes } from './test-routes.ts';

/** What everybody may call, each with its reason; whatever else needs a token. */
const PUBLIC: Record<string, string> = {
  '/*': "the web app's files, before anybody has signed in",
  '/api/health': 'load balancers have no token',
  '/api/auth/config': 'says where to sign in',
  '/api/downloads': 'a computer that is to be connected has no token yet',
  '/download/:name': 'the same',
  '/api/docs/openapi.json': 'the contract is for everybody',
  '/api/docs': 'the same, for people',
  '/api/docs/': 'the same',
  '/api/docs/json': 'the same, as the page reads it',
  '/api/docs/yaml': 'the same, as the page offers it',
  '/api/docs/static/*': "the page's files",
  '/api/docs/static/index.html': "the page's files",
  '/api/docs/static/swagger-initializer.js': "the page's files",
  '/api/docs/static/theme/docs-page.css': "the page's files",
  '/api/docs/static/theme/viewport.js': "the page's files",
};
/** The embedded issuer: it signs people in, and lets only this very computer near. */
const SIGN_IN = '/oidc/';
/** A request with it comes from elsewhere, whatever its peer's address is. */
const FROM_ELSEWHERE = { 'x-forwarded-for': '203.0.113.7' };

/** Good where clients of engines send it, and nowhere else. */
const KEY_ELSEWHERE = 'an API key in x-api-key';
/** Their bodies do. */
const NAMES_BRIDGE = new Set(['/api/bridge/order', '/api/streaming/proxy/create']);

/** Would leave nothing to walk with: personal-data/erase.test.ts shows that nobody else loses anything by it. */
const isErasing = ({ method, url }: ListedRoute): boolean => method === 'DELETE' && url === '/api/me';

const LIMITS = limitsWith({});

/** Two people, the first of whom is the relay's local user, with rows in every table. */
async function twoPeople(t: TestContext) {
  const { relay, routes } = await startRelayWithRoutes(t, {
    config: { limits: LIMITS },
    proxyDriver: new TestDriver(),
  });
  const { issuer, database } = relay.context;
  assert.ok(issuer);
  await addFirstPassword(database.kysely, issuer.user.id);
  const first = await moveIn(t, relay, { userId: issuer.user.id, token: relay.token, mark: 'zebra' });
  const token = await relay.tokenFor('user-second');
  const second = await moveIn(t, relay, { userId: 'user-second', token, mark: 'heron' });
  return { relay, routes, first, second };
}

interface Answer {
  status: number;
  body: string;
  what: string;
}

async function ask(
  relay: TestRelay,
  { method, path, body }: ValidRequest,
  headers: Record<string, string>,
): Promise<Answer> {
  const response = await fetch(relay.url + path, {
    method,
    redirect: 'manual',
    headers: { ...FROM_ELSEWHERE, ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const answer = await response.text();
  const what = `${method} ${path}: ${response.status} ${answer.slice(0, 300)}`;
  if (response.status >= 400 && method !== 'HEAD' && path.startsWith('/api/')) {
    assert.equal(apiError.parse(JSON.parse(answer)).requestId, response.headers.get('x-request-id'), what);
  }
  return { status: response.status, body: answer, what };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Tokens that open nothing, each with its name. */
async function worthless({ context, tokenFor }: TestRelay, { userId, sessionToken, apiKey }: Inhabitant) {
  const now = Math.floor(Date.now() / 1000);
  const { privateKey } = await generateKeyPair('RS256');
  const claims = { iss: context.trustedIssuer.url, aud: context.config.auth.audience, sub: userId };
  const forged = await new SignJWT({ ...claims, iat: now, exp: now + 3600 })
    .setProtectedHeader({ alg: 'RS256' })
    .sign(privateKey);
  return {
    nothing: {},
    garbage: bearer('garbage'),
    'an expired token': bearer(await tokenFor(userId, { exp: now - 60 })),
    'a token of another issuer': bearer(await tokenFor(userId, { iss: 'https://evil.example/' })),
    'a token for another audience': bearer(await tokenFor(userId, { aud: 'another-api' })),
    'a token signed with another key': bearer(forged),
    "a bridge's session token": bearer(sessionToken),
    'another API key': bearer(`${apiKey.slice(0, -4)}AAAA`),
    'a token in a cookie': { cookie: `access_token=${await tokenFor(userId)}` },
    [KEY_ELSEWHERE]: { 'x-api-key': apiKey },
  };
}

test('every route is listed as public, is the sign-in, or needs a token', async (t) => {
  const { routes } = await startRelayWithRoutes(t, { config: { metrics: { public: true, listener: undefined } } });
  const open = routes.filter(({ access }) => access === undefined || access === 'public').map(({ url }) => url);
  assert.deepEqual(new Set(open), new Set(Object.keys(PUBLIC)), 'list a new public route with its reason');
  for (const { url, access } of routes) assert.equal(access === 'own computer', url.startsWith(SIGN_IN), url);
});

test('nobody gets in without a good token, and another person finds nothing', async (t) => {
  const { relay, routes, first, second } = await twoPeople(t);
  const tokens = await worthless(relay, first);
  const secret = new RegExp([first.mark, ...Object.values(first.ids)].join('|'));
  const closed = routes.filter(({ url, access }) => access !== 'own computer' && !(url in PUBLIC));
  const signIn = routes.filter(({ access }) => access === 'own computer');
  const before = await settledRowsOf(relay, first.userId, `[\\"${first.bridge.model}\\"]`);
  for (const [table, rows] of Object.entries(before))
    assert.ok(rows.length > 0, `The first person has no row in ${table}`);
  const asked = first.bridge.asked.length;

  await t.test('401 without a good token', async () => {
    const requests = validRequests(relay.app, closed, first.ids);
    assert.ok(requests.length > 30);
    for (const [name, headers] of Object.entries(tokens)) {
      for (const request of requests) {
        if (name === KEY_ELSEWHERE && request.route.access === 'inference') continue;
        const { status, body, what } = await ask(relay, request, headers);
        assert.equal(status, 401, `${name}: ${what}`);
        assert.doesNotMatch(body, secret, `${name}: ${what}`);
      }
    }
  });

  await t.test('403 at the sign-in for whoever is elsewhere', async () => {
    for (const request of validRequests(relay.app, signIn, { uid: 'x' })) {
      const { status, what } = await ask(relay, request, bearer(first.token));
      assert.equal(status, 403, what);
    }
  });

  for (const [name, token, isKey] of [
    ['another person', second.token, false],
    ["another person's API key", second.apiKey, true],
  ] as const) {
    await t.test(`404 for ${name} who asks for the first's, and only their own in lists`, async () => {
      const walked = closed.filter((route) => !isErasing(route));
      for (const request of validRequests(relay.app, walked, first.ids)) {
        const { status, body, what } = await ask(relay, request, bearer(token));
        assert.equal(status, expected(request, isKey), what);
        // What the request itself names may be said back.
        const isNamed = request.route.url.includes(':') || NAMES_BRIDGE.has(request.route.url);
        assert.doesNotMatch(body, isNamed ? new RegExp(first.mark) : secret, what);
      }
    });

    await t.test(`404 for ${name} who puts one of the first's ids among their own`, async () => {
      const nested = closed.filter(({ url }) => url.split(':').length > 2);
      assert.ok(nested.length > 0);
      for (const parameter of Object.keys(first.ids)) {
        const ids = { ...second.ids, [parameter]: first.ids[parameter]! };
        for (const request of validRequests(relay.app, nested, ids)) {
          if (!request.route.url.includes(`:${parameter}`)) continue;
          const { status, body, what } = await ask(relay, request, bearer(token));
          assert.equal(status, 404, what);
          assert.doesNotMatch(body, new RegExp(first.mark), what);
        }
      }
    });

    await t.test(`${name} can't reach the first's bridge through the gateway`, async () => {
      const gateway = closed.filter(({ access, method }) => access === 'inference' && method !== 'QUERY');
      for (const request of validRequests(relay.app, gateway, first.ids)) {
        const { status, body, what } = await ask(relay, request, {
          ...bearer(token),
          'x-bridge-id': first.ids['bridgeId']!,
        });
        assert.equal(status, 404, what);
        assert.doesNotMatch(body, new RegExp(first.mark), what);
      }
    });
  }

  assert.equal(first.bridge.asked.length, asked, "nothing of all this reached the first's bridge");
  assert.ok(second.bridge.asked.length > 2, "but it did reach the second's");
  assert.deepEqual(await settledRowsOf(relay, first.userId, ''), before, "the first's rows are as they were");
});

test('two installations that call themselves the same are two bridges when their owners are two', async (t) => {
  const { relay, first, second } = await twoPeople(t);
  const client = { clientId: `client-${first.mark}`, platform: 'linux', version: '9', capabilities: ['streaming'] };
  const options = { method: 'POST', body: client, token: second.token };
  const registered = registerBridgeResponse.parse(await (await relay.call('/api/bridge/register', options)).json());
  assert.ok(!Object.values(first.ids).includes(registered.bridgeId));
  assert.equal((await relay.context.bridges.find(first.userId, first.ids['bridgeId']!))?.version, '1.0.0');
});

test('subjects that look alike are different people', async (t) => {
  const { relay } = await startRelayWithRoutes(t, { config: { limits: LIMITS } });
  const alike = [
    'ann',
    'Ann',
    'ann ',
    ' ann',
    'ann\u0000',
    'ann\u0000b',
    '\u00e4nn',
    'a\u0308nn',
    'ann\u200b',
    '\u0430nn',
    "ann'--",
    'ann%00',
  ];
  for (const sub of alike) {
    const token = await relay.tokenFor(sub);
    const listed = await relay.call('/api/chat/conversations', { token });
    assert.equal(conversationList.parse(await listed.json()).total, 0, JSON.stringify(sub));
    const body = { title: JSON.stringify(sub), model: 'm' };
    assert.equal((await relay.call('/api/chat/conversations', { method: 'POST', body, token })).status, 200);
  }
  for (const sub of alike) {
    const listed = await relay.call('/api/chat/conversations', { token: await relay.tokenFor(sub) });
    const { conversations } = conversationList.parse(await listed.json());
    assert.deepEqual(
      conversations.map(({ title }) => title),
      [JSON.stringify(sub)],
    );
  }
});

/** What a person gets who has moved in, too, and asks with the first's ids. */
function expected({ method, route: { url, access } }: ValidRequest, isKey: boolean): number {
  if (access === 'proxy token') return 401; // neither tokens nor keys count there
  if (method === 'QUERY') return 415; // fastify takes none without a content type, and no engine is asked so
  const forPeople: (Access | undefined)[] = ['account', 'admin', 'admin or own computer'];
  if (access === 'admin' || access === 'admin or own computer') return 403;
  if (isKey && forPeople.includes(access)) return 403;
  if (NAMES_BRIDGE.has(url)) return 404; // the first's
  return url.includes(':') ? 404 : 200;
}

test('no socket opens with anything but the session token of its own bridge', async (t) => {
  const { relay, first, second } = await twoPeople(t);
  const { context, app } = relay;
  assert.deepEqual(
    app.upgradePaths,
    ['/ws/bridge/', '/ws/chat/', '/ws/status/'],
    'teach the walks about a new WebSocket',
  );
  const connected = context.links.connectedCount;
  const path = `/ws/bridge/${first.ids['bridgeId']}`;
  const row = { id: first.ids['bridgeId']!, user_id: first.userId, token_version: 1 };
  const revoked = await context.sessionTokens.issue({ ...row, token_version: 99 });
  const stolen = await context.sessionTokens.issue({ ...row, user_id: second.userId });
  const { sessionToken } = first;
  const cases: [name: string, path: string, headers: Record<string, string>, status: number][] = [
    ...Object.entries(await worthless(relay, first))
      .filter(([name]) => name !== "a bridge's session token")
      .map(([name, headers]): [string, string, Record<string, string>, number] => [name, path, headers, 401]),
    ['an access token', path, bearer(first.token), 401],
    ['an API key', path, bearer(first.apiKey), 401],
    ["another person's access token", path, bearer(second.token), 401],
    ["another bridge's session token", path, bearer(second.sessionToken), 404],
    ['a revoked session token', path, bearer(revoked), 401],
    ["a session token with another owner's name", path, bearer(stolen), 401],
    ['a session token in the query', `${path}?token=${sessionToken}&access_token=${sessionToken}`, {}, 401],
    ['a session token in a cookie', path, { cookie: `token=${sessionToken}` }, 401],
    ['a subprotocol alone', path, { 'sec-websocket-protocol': 'c2l.v1' }, 401],
    ['another socket', `/ws/proxy/${first.ids['bridgeId']}`, bearer(sessionToken), 404],
    ['an encoded id', path.replace('bridge-', 'bridge%2d'), bearer(sessionToken), 404],
    ['an id with a dot segment', path.replace('/bridge/', '/bridge/./'), bearer(sessionToken), 404],
  ];
  for (const [name, at, headers, status] of cases) {
    const answer = await upgrade(relay.url, at, headers);
    assert.equal(answer.status, status, `${name}: ${answer.body}`);
    assert.equal(apiError.parse(JSON.parse(answer.body)).code, status, name);
    assert.doesNotMatch(answer.body, new RegExp(`${first.mark}|${sessionToken}`), name);
  }
  assert.equal(context.links.connectedCount, connected);
  assert.equal(first.bridge.socket?.readyState, 1, "the first's own socket is still there");
});

test("no socket of a person's devices opens for anybody else", async (t) => {
  const { relay, first, second } = await twoPeople(t);
  const { token } = first;
  const paths = [`/ws/chat/${first.ids['conversationId']}`, `/ws/status/${first.userId}`];
  const body = { name: 'narrow', scopes: ['proxies'] };
  const made = await relay.call('/api/keys', { method: 'POST', body, token });
  const { secret } = createKeyResponse.parse(await made.json());
  type Case = [name: string, path: string, headers: Record<string, string>, status: number];
  const withoutScope = (path: string): Case => ['an API key without the scope', path, bearer(secret), 403];
  for (const path of paths) {
    const cases: Case[] = [
      ...Object.entries(await worthless(relay, first)).map(([name, headers]): Case => [name, path, headers, 401]),
      ["another person's access token", path, bearer(second.token), 404],
      ["another person's API key", path, bearer(second.apiKey), 404],
      // Each scope has something to be told of on the other one.
      ...(path.startsWith('/ws/chat/') ? [withoutScope(path)] : []),
      ['an access token in the query', `${path}?token=${token}&access_token=${token}&after=x`, {}, 401],
      ['an access token in a cookie', path, { cookie: `token=${token}` }, 401],
      ['a subprotocol alone', path, { 'sec-websocket-protocol': 'c2l.v1' }, 401],
      ['a page of another origin', path, { ...bearer(token), origin: 'https://evil.example' }, 403],
      ['an id with a dot segment', path.replace(/(chat|status)\//, '$1/./'), bearer(token), 404],
    ];
    for (const [name, at, headers, status] of cases) {
      const answer = await upgrade(relay.url, at, headers);
      assert.equal(answer.status, status, `${name} at ${path}: ${answer.body}`);
      assert.equal(apiError.parse(JSON.parse(answer.body)).code, status, name);
      assert.doesNotMatch(answer.body, new RegExp(`${first.mark}|${token}`), name);
    }
  }
  assert.equal(relay.context.realtime.size, 0);
});

/** The answer to an upgrade request that must be refused. */
async function upgrade(url: string, path: string, headers: Record<string, string>) {
  const outgoing = request({
    port: new URL(url).port,
    path, // as it is: a URL would be tidied up
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': Buffer.alloc(16).toString('base64'),
      ...headers,
    },
  }).end();
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  outgoing.on('response', resolve).on('error', reject);
  outgoing.on('upgrade', (response, socket) => {
    socket.destroy();
    resolve(response);
  });
  const response = await promise;
  return { status: response.statusCode, body: await text(response) };
}
