import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { Activity } from '../daemon/activity.ts';
import { PersonPause } from '../daemon/person-pause.ts';
import { LiveView } from './live-view.ts';
import { openingLink } from './page-client.ts';
import { readPageFile } from './page-file.ts';
import { StatusPage } from './status-page.ts';

interface Asking {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string;
}

interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

async function start(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'bridge-page-'));
  const pauses: string[] = [];
  const daemon = {
    pause: (key: string) => void pauses.push(`+${key}`),
    resume: (key: string) => void pauses.push(`-${key}`),
  };
  const activity = new Activity();
  const view = new LiveView({
    facts: {
      program: { version: '1', pid: 1, profile: 'default' },
      relay: 'https://relay.example',
      computer: 'studio',
    },
    activity,
    policy: () => ['Models: all'],
    engines: () => [],
    pause: new PersonPause({ directory, daemon }),
    isPaused: () => false,
  });
  const faults: unknown[] = [];
  const timings = { headMs: 200, requestMs: 400, idleMs: 200, lookMs: 100 };
  const fault = (error: unknown): void => void faults.push(error);
  const page = await StatusPage.start({ directory, port: 0, source: view, fault, timings });
  t.after(() => {
    page[Symbol.dispose]();
    rmSync(directory, { recursive: true });
  });
  const { token } = readPageFile(directory)!; // just written
  const ask = ({ method = 'GET', path = '/api/state', headers = {}, body }: Asking = {}): Promise<Reply> => {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const options = { host: '127.0.0.1', port: page.port, method, path, agent: false, headers };
    const outgoing = request(options, (response) => {
      void text(response).then((said) =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: said }),
      );
    });
    outgoing.on('error', reject).end(body);
    return promise;
  };
  const authorization = `Bearer ${token}`;
  return { directory, page, view, activity, pauses, faults, token, ask, authorization };
}

test('shows everything with the token, and nothing but the empty page without', async (t) => {
  const { ask, authorization, token } = await start(t);
  const state = await ask({ headers: { authorization } });
  assert.equal(state.status, 200);
  assert.equal((JSON.parse(state.body) as { computer: string }).computer, 'studio');
  assert.ok(!state.body.includes(token));
  for (const path of ['/', '/page.css', '/page.js', '/words.js', '/icon.svg']) {
    const { status, body } = await ask({ path });
    assert.equal(status, 200, path);
    assert.ok(!body.includes('studio') && !body.includes(token), path);
  }
  for (const path of ['/api/state', '/api/events', '/api/nothing', '/nothing']) {
    for (const wrong of [
      undefined,
      '',
      'Bearer',
      `Bearer ${token}x`,
      `Bearer ${token.slice(1)}`,
      token,
      `Basic ${token}`,
    ]) {
      const { status, body } = await ask({ path, ...(wrong !== undefined && { headers: { authorization: wrong } }) });
      assert.equal(status, 401, `${path} with ${wrong}`);
      assert.ok(!body.includes('studio'));
    }
  }
  assert.equal((await ask({ path: `/api/state?token=${token}` })).status, 401, 'not in the address');
});

test('keeps everything else out of the page, and the page out of everything else', async (t) => {
  const { ask, authorization } = await start(t);
  const askings: Asking[] = [{ path: '/' }, { headers: { authorization } }, { path: '/nothing' }];
  for (const asking of askings) {
    const { headers } = await ask(asking);
    const policy = String(headers['content-security-policy']);
    assert.match(policy, /default-src 'none'.*script-src 'self'.*frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe|\*|http:|data:/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['access-control-allow-origin'], undefined);
  }
  const { body } = await ask({ path: '/' });
  assert.doesNotMatch(body, /<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|https?:/);
});

test('answers to no other name than its own, with or without the token', async (t) => {
  const { ask, page, authorization } = await start(t);
  for (const host of [
    'evil.example',
    `evil.example:${page.port}`,
    '127.0.0.1',
    `127.0.0.1:${page.port + 1}`,
    `127.0.0.1.evil.example:${page.port}`,
    `localhost.evil.example:${page.port}`,
    `0.0.0.0:${page.port}`,
  ]) {
    for (const path of ['/', '/api/state']) {
      assert.equal((await ask({ path, headers: { authorization, host } })).status, 421, `${host} ${path}`);
    }
  }
  for (const host of [`localhost:${page.port}`, `[::1]:${page.port}`]) {
    assert.equal((await ask({ headers: { authorization, host } })).status, 200, host);
  }
});

test('does nothing for another web page, even one that has the token', async (t) => {
  const { ask, page, authorization, pauses } = await start(t);
  const own = `http://127.0.0.1:${page.port}`;
  for (const path of ['/api/pause', '/api/resume', '/api/code', '/api/token']) {
    for (const origin of [
      'null',
      'https://evil.example',
      'http://127.0.0.1',
      `http://localhost:${page.port}`,
      `${own}.x`,
    ]) {
      const { status } = await ask({ method: 'POST', path, headers: { authorization, origin } });
      assert.equal(status, 403, `${origin} ${path}`);
    }
    const headers = { authorization, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' };
    assert.equal((await ask({ method: 'POST', path, headers })).status, 403);
  }
  const preflight = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
  assert.equal((await ask({ method: 'OPTIONS', path: '/api/pause', headers: preflight })).status, 403);
  assert.equal((await ask({ method: 'POST', path: '/api/pause' })).status, 401);
  assert.deepEqual(pauses, []);
  assert.equal(
    (await ask({ method: 'POST', path: '/api/pause', headers: { authorization, origin: own } })).status,
    200,
  );
  assert.equal((await ask({ method: 'POST', path: '/api/resume', headers: { authorization } })).status, 200);
  assert.deepEqual(pauses, ['+person', '-person']);
});

test('changes nothing by a request that only fetches', async (t) => {
  const { ask, authorization, pauses } = await start(t);
  for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
    for (const path of ['/api/pause', '/api/resume', '/api/code']) {
      assert.equal((await ask({ method, path, headers: { authorization } })).status, 404, `${method} ${path}`);
    }
  }
  assert.equal((await ask({ method: 'POST', path: '/', headers: { authorization } })).status, 405);
  assert.deepEqual(pauses, []);
});

test('serves no file but its own', async (t) => {
  const { ask, authorization } = await start(t);
  for (const path of [
    '/../status-page.ts',
    '/..%2fstatus-page.ts',
    '/%2e%2e/%2e%2e/package.json',
    '//etc/passwd',
    '/index.html',
    '/page.js/',
    '/./page.js',
    'http://evil.example/page.js',
    '*',
  ]) {
    const { status, body } = await ask({ path, headers: { authorization } });
    assert.equal(status, 404, path);
    assert.equal(body, '{"error":"There is nothing here."}');
  }
});

test('gives the token for a code once, and to no guess', async (t) => {
  const { ask, directory, token, faults } = await start(t);
  const link = await openingLink(directory);
  const code = link.split('=')[1];
  const use = (body: string) => ask({ method: 'POST', path: '/api/token', body });
  for (const body of [
    '',
    'x',
    '{}',
    '{"code":1}',
    '{"code":""}',
    JSON.stringify({ code: `${code}x` }),
    'x'.repeat(100_000),
  ]) {
    assert.equal((await use(body)).status, 401, body.slice(0, 50));
  }
  const { status, body } = await use(JSON.stringify({ code }));
  assert.deepEqual([status, JSON.parse(body)], [200, { token }]);
  assert.equal((await use(JSON.stringify({ code }))).status, 401);
  assert.deepEqual(faults, []);
});

test('cuts off what is too large, too slow or no HTTP at all, and goes on', async (t) => {
  const { ask, page, authorization, faults } = await start(t);
  const large = await ask({ headers: { authorization, 'x-large': 'x'.repeat(16_000) } });
  assert.equal(large.status, 431);
  const send = async (start: string): Promise<string> => {
    const socket = connect(page.port, '127.0.0.1').on('error', () => {});
    socket.write(start);
    return text(socket);
  };
  const host = `Host: 127.0.0.1:${page.port}`;
  const said = await Promise.all([
    send('garbage\r\n\r\n'),
    send('GET / HTTP/1.1\r\n\r\n'),
    send(`GET / HTTP/1.1\r\n${host}\r\nX-Slow: `), // and never the rest
    send(`POST /api/token HTTP/1.1\r\n${host}\r\nContent-Length: 100\r\n\r\n{`),
    send(''),
  ]);
  const starts = said.map((answer) => answer.slice(0, 12));
  assert.deepEqual(starts.slice(0, 3), ['HTTP/1.1 400', 'HTTP/1.1 400', 'HTTP/1.1 408']);
  assert.equal((await ask({ headers: { authorization } })).status, 200);
  assert.deepEqual(faults, []);
});

test('tells its listeners what changes, until there are too many of them', async (t) => {
  const { page, view, activity, authorization } = await start(t);
  const listen = async () => {
    const outgoing = request({
      port: page.port,
      host: '127.0.0.1',
      path: '/api/events',
      headers: { authorization },
      agent: false,
    });
    t.after(() => outgoing.destroy());
    const [response] = (await once(outgoing.end(), 'response')) as [IncomingMessage]; // as: by its types
    return response;
  };
  const first = await listen();
  assert.equal(first.headers['content-type'], 'text/event-stream');
  let heard = '';
  first.setEncoding('utf8').on('data', (chunk: string) => (heard += chunk));
  const until = async (word: string): Promise<void> => {
    while (!heard.includes(word)) await once(first, 'data');
  };
  await until('"state":"connecting"');
  view.changed('online', '2 models');
  await until('"state":"online"');
  const observed = activity.began({ method: 'POST', path: '/api/chat', model: 'm1' });
  await until('"model":"m1"');
  observed.ended('engine_failed');
  await until('"error":"engine_failed"');
  const others = await Promise.all(Array.from({ length: 15 }, listen));
  assert.ok(others.every(({ statusCode }) => statusCode === 200));
  assert.equal((await listen()).statusCode, 429);
  others[0]!.destroy(); // there are 15
  const again = async (): Promise<number | undefined> => {
    const { statusCode } = await listen();
    return statusCode === 429 ? again() : statusCode;
  };
  assert.equal(await again(), 200);
});

test('is found by its owner alone, and by nobody once it is closed', async (t) => {
  const { directory, page } = await start(t);
  assert.equal(statSync(join(directory, 'page.json')).mode & 0o777, 0o600);
  page[Symbol.dispose]();
  assert.equal(readPageFile(directory), undefined);
  await assert.rejects(openingLink(directory), /no bridge is running here/);
});

test('says which port is taken', async (t) => {
  const { page, directory, view } = await start(t);
  const options = { directory, source: view, fault() {} };
  await assert.rejects(StatusPage.start({ ...options, port: page.port }), new RegExp(`port ${page.port} is taken`));
});
