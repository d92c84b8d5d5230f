import assert from 'node:assert/strict';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { apiError } from '@cloudtolocalllm/protocol';
import { fastify } from 'fastify';
import type { Authenticator } from './accounts/authenticate.ts';
import { FULL_RIGHTS } from './accounts/rights.ts';
import type { Api } from './api.ts';
import { RelayError } from './errors.ts';
import { answerErrors, guardRoutes } from './guard.ts';
import { RequestLimits } from './limits/request-limits.ts';
import { countOf, limitsWith, until } from './limits/test-limits.ts';

/** Everybody is whom their token names, but for `bad` and `shut out`. */
const anybody: Authenticator = {
  async authenticate(id) {
    if (id === 'bad') throw new RelayError('unauthorized', 'bad');
    if (id === 'outsider') throw new RelayError('forbidden', 'not let in');
    return { id, rights: FULL_RIGHTS };
  },
};

async function start(t: TestContext, extend: (app: Api) => void, authenticator = anybody) {
  const limits = new RequestLimits({
    limits: limitsWith({ userPerHour: 5, addressPerHour: 7 }),
    trustProxy: undefined,
  });
  const app = fastify({ forceCloseConnections: true }) as unknown as Api; // as: the type provider is of no matter here
  answerErrors(app, limits);
  guardRoutes(app, { authenticator, limits });
  extend(app);
  t.after(() => app.close());
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo; // as: it listens on TCP
  return {
    port,
    limits,
    get: (path: string, token?: string) =>
      fetch(
        `http://127.0.0.1:${port}${path}`,
        token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
      ),
  };
}

test('a route that does not say who may call it cannot be registered', async (t) => {
  await assert.rejects(
    start(t, (app) => void app.get('/api/forgotten', () => 'open')),
    /Cannot register GET \/api\/forgotten: its config does not say who may call it/,
  );
});

test('counts each request against the limit that its route names', async (t) => {
  const ok = () => 'ok';
  const { get } = await start(t, (app) => {
    app.get('/public', { config: { access: 'public' } }, ok);
    app.get('/health', { config: { access: 'public', limitedBy: 'none' } }, ok);
    app.get('/mine', { config: { access: 'chat' } }, ok);
    app.get('/free', { config: { access: 'chat', limitedBy: 'none' } }, ok);
    app.get('/place', { config: { access: 'chat', limitedBy: 'address' } }, ok);
    app.get('/admin', { config: { access: 'admin' } }, ok);
    app.get('/exchange', { config: { access: 'inference', limitedBy: 'bridge' } }, () => {
      throw new RelayError('bridge_offline', 'away');
    });
  });
  const [user, address] = [5, 7];
  const cases: [path: string, token: string | undefined, status: number, limit: number | undefined][] = [
    ['/public', undefined, 200, address],
    ['/public', 'ada', 200, address],
    ['/health', undefined, 200, undefined],
    ['/mine', 'ada', 200, user],
    ['/mine', 'bad', 401, address],
    ['/mine', 'outsider', 403, address],
    ['/mine', undefined, 401, address],
    ['/free', 'ada', 200, undefined],
    ['/free', undefined, 401, address],
    ['/place', 'ada', 200, address],
    ['/admin', 'ada', 403, user],
    ['/exchange', 'ada', 503, user],
  ];
  for (const [path, token, status, limit] of cases) {
    const answer = await get(path, token);
    assert.deepEqual([answer.status, countOf(answer)?.limit], [status, limit], `${path} ${token}`);
  }
  const refused = await get('/mine', 'bad');
  assert.deepEqual([refused.status, apiError.parse(await refused.json()).error], [429, 'rate_limited']);
});

test('a client that left while its token was checked holds no stream', async (t) => {
  const checking = Promise.withResolvers<void>();
  const checked = Promise.withResolvers<void>();
  const authenticator: Authenticator = {
    async authenticate(id) {
      checking.resolve();
      await checked.promise;
      return { id, rights: FULL_RIGHTS };
    },
  };
  const handled = Promise.withResolvers<void>();
  const { port, limits } = await start(
    t,
    (app) => {
      app.get('/stream', { config: { access: 'chat', stream: true } }, async () => {
        handled.resolve();
        return 'late';
      });
    },
    authenticator,
  );
  const outgoing = request({ port, path: '/stream', headers: { authorization: 'Bearer ada' } }).on('error', () => {});
  outgoing.end();
  await checking.promise;
  outgoing.destroy();
  await new Promise((resolve) => outgoing.once('close', resolve));
  // The relay hears of it before it has answered a connection that begins later.
  await fetch(`http://127.0.0.1:${port}/nothing`);
  checked.resolve();
  await handled.promise;
  await until(() => limits.streams.size === 0);
});
