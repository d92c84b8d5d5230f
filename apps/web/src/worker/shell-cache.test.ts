import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createShellCache } from './shell-cache.ts';

const ORIGIN = 'https://relay.example';

/** A browser's caches in memory, and a network that can be cut. */
function browser() {
  const all = new Map<string, Map<string, Response>>();
  const network = { isCut: false, isMute: false, status: 200, asked: [] as string[] };
  const disk = { isFull: false };
  const pathOf = (asked: RequestInfo | URL): string =>
    new URL(typeof asked === 'object' && 'url' in asked ? asked.url : asked, ORIGIN).pathname;
  const fetch = async (request: { url: string }): Promise<Response> => {
    network.asked.push(pathOf(request.url));
    if (network.isCut) throw new TypeError('cut');
    if (network.isMute) await new Promise(() => {});
    return new Response(`network ${pathOf(request.url)}`, { status: network.status });
  };
  const open = async (name: string): Promise<Cache> => {
    const files = all.get(name) ?? new Map<string, Response>();
    all.set(name, files);
    return {
      match: async (asked: RequestInfo | URL) => files.get(pathOf(asked))?.clone(),
      put: async (asked: RequestInfo | URL, response: Response) => {
        if (disk.isFull) throw new DOMException('full', 'QuotaExceededError');
        files.set(pathOf(asked), response);
      },
      addAll: async (requests: Request[]) => {
        for (const request of requests) files.set(pathOf(request), await fetch(request));
      },
    } as unknown as Cache; // as: what the shell uses of it
  };
  const caches = {
    open,
    keys: async () => Array.from(all.keys()),
    delete: async (name: string) => all.delete(name),
    match: async (asked: RequestInfo | URL) =>
      Array.from(all.values(), (files) => files.get(pathOf(asked))?.clone()).find((response) => response !== undefined),
  } as unknown as CacheStorage; // as: what the shell uses of it
  const shell = (version: string, files = ['/assets/main-1.js', '/favicon.svg']) =>
    createShellCache({ shell: { version, files }, caches, fetch, origin: ORIGIN });
  const get = async (of: ReturnType<typeof shell>, path: string, mode: RequestMode = 'cors') =>
    (
      await of.answer({ method: 'GET', url: ORIGIN + path, mode, destination: mode === 'navigate' ? 'document' : '' })
    )?.text();
  return { all, network, disk, shell, get };
}

test('pages come from the network, and from the cache without one or when a proxy says that the relay is away', async () => {
  const { network, shell, get } = browser();
  const one = shell('1');
  await one.install();
  assert.equal(await get(one, '/c/conv-1', 'navigate'), 'network /c/conv-1');
  network.status = 502;
  assert.equal(await get(one, '/c/conv-1', 'navigate'), 'network /index.html');
  network.isCut = true;
  assert.equal(await get(one, '/c/conv-1', 'navigate'), 'network /index.html');
});

test('a network that says nothing keeps the page from nobody who has it', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { network, shell, get } = browser();
  const one = shell('1');
  await one.install();
  network.isMute = true;
  const asked = get(one, '/c/conv-1', 'navigate');
  t.mock.timers.tick(3_000);
  assert.equal(await asked, 'network /index.html');
});

test('the page from the cache is the newest', async () => {
  const { all, network, shell, get } = browser();
  await shell('1').install();
  const two = shell('2');
  await two.install();
  all.get('shell-2')?.set('/index.html', new Response('newest'));
  network.status = 502;
  assert.equal(await get(two, '/', 'navigate'), 'newest');
});

test('parts of the app are asked for once, also those that come later', async () => {
  const { network, shell, get } = browser();
  const one = shell('1');
  await one.install();
  await get(one, '/assets/late-2.js');
  network.asked = [];
  network.isCut = true;
  assert.equal(await get(one, '/assets/main-1.js'), 'network /assets/main-1.js');
  assert.equal(await get(one, '/assets/late-2.js'), 'network /assets/late-2.js');
  assert.equal(await get(one, '/favicon.svg'), 'network /favicon.svg');
  assert.deepEqual(network.asked, ['/favicon.svg']);
});

test('an answer that is an error is not kept', async () => {
  const { network, shell, get, all } = browser();
  network.status = 404;
  await get(shell('1'), '/assets/gone-3.js');
  assert.equal(all.get('shell-1')?.size ?? 0, 0);
});

test('a disk that is full keeps nothing from loading', async () => {
  const { disk, shell, get } = browser();
  disk.isFull = true;
  assert.equal(await get(shell('1'), '/assets/late-2.js'), 'network /assets/late-2.js');
});

test('what a person says and hears never goes through the worker', () => {
  const { shell } = browser();
  const one = shell('1');
  const others = [
    '/api/me',
    '/api/docs',
    '/v1/models',
    '/ollama/api/tags',
    '/oidc/auth?x=1',
    '/proxy/1/x',
    '/ws/status/1',
  ];
  for (const path of others) {
    for (const mode of ['cors', 'navigate'] as const)
      assert.equal(one.answer({ method: 'GET', url: ORIGIN + path, mode, destination: 'document' }), undefined, path);
  }
  assert.equal(one.answer({ method: 'POST', url: `${ORIGIN}/`, mode: 'navigate', destination: 'document' }), undefined);
  const script = { method: 'GET', mode: 'cors', destination: 'script' } as const;
  assert.equal(one.answer({ ...script, url: 'https://issuer.example/assets/x.js' }), undefined);
  const frame = { method: 'GET', mode: 'navigate', destination: 'iframe' } as const;
  assert.equal(one.answer({ ...frame, url: `${ORIGIN}/diagram.html` }), undefined);
});

test('a page of the version before finds its parts, those of older ones go', async () => {
  const { all, network, shell, get } = browser();
  for (const version of ['1', '2', '3']) {
    const one = shell(version, [`/assets/main-${version}.js`]);
    await one.install();
    await one.tidy();
  }
  assert.deepEqual(Array.from(all.keys()), ['shell-2', 'shell-3']);
  network.isCut = true;
  assert.equal(await get(shell('3'), '/assets/main-2.js'), 'network /assets/main-2.js');
});
