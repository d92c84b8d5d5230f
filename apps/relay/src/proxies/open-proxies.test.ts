import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Config } from '../config.ts';
import { temporaryFolder } from '../test-relay.ts';
import { unremovable } from './drivers/test-unremovable.ts';
import { TestDriver } from './test-driver.ts';
import { DEFAULT_PROXIES, startProxyRelay, until } from './test-proxies.ts';

/** What an earlier relay left in its data folder: these names, and which drivers it says to have had. */
async function leftBehind(t: TestContext, { names, drivers }: { names: string[]; drivers: string[] }) {
  const dataDir = await mkdtemp(join(tmpdir(), 'open-proxies-'));
  const folder = join(await realpath(dataDir), 'proxies');
  for (const name of names) await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, 'drivers'), drivers.map((driver) => `${driver}\n`).join(''));
  /** A relay in that folder, with the driver that is configured in the place of the tests' own; the folder goes after it. */
  async function start(proxies: Partial<Config['proxies']> = {}) {
    const relay = await startProxyRelay(t, { proxyDriver: undefined, config: { dataDir }, proxies });
    t.after(() => rm(dataDir, { recursive: true, force: true }));
    return relay;
  }
  return { folder, start };
}

/** In the place of Docker: has a container of each of these workers, and refuses to remove the first one it is asked for. */
async function fakeDocker(t: TestContext, { folder, workers }: { folder: string; workers: string[] }) {
  const socketPath = join(await temporaryFolder(t), 'd.sock');
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 12);
  const containers = new Set(workers);
  let refusals = 0;
  const server = createServer(({ method, url = '' }, response) => {
    if (url === '/version') return void response.end(JSON.stringify({ ApiVersion: '1.41' }));
    if (method === 'GET') {
      const ours = decodeURIComponent(url).includes(`cloudtolocalllm.data=${hash}`) ? [...containers] : [];
      const listed = ours.map((worker) => ({
        Id: worker,
        State: 'exited',
        Labels: { 'cloudtolocalllm.worker': worker },
      }));
      return void response.end(JSON.stringify(listed));
    }
    if (refusals++ === 0) return void response.writeHead(500).end(JSON.stringify({ message: 'device is busy' }));
    containers.delete(/containers\/([^?]+)/.exec(url)?.[1] ?? '');
    return void response.writeHead(204).end();
  }).listen(socketPath);
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { socketPath, containers };
}

test('a driver that has run here before is started to sweep, also without a pool and without proxies', async (t) => {
  const old = `worker-${'1'.repeat(16)}`;
  const { folder, start } = await leftBehind(t, { names: [old], drivers: ['process'] });
  await start();
  await until(() => !existsSync(join(folder, old)));
});

test('what can not be removed keeps no proxy from being made, and the rest is removed', async (t) => {
  const [stuck, old] = [`worker-${'0'.repeat(16)}`, `worker-${'1'.repeat(16)}`];
  const { folder, start } = await leftBehind(t, { names: [old], drivers: ['process'] });
  await using _ = await unremovable(join(folder, stuck));
  const { create, relay } = await start();
  await create();
  await until(() => !existsSync(join(folder, old)));
  assert.ok(existsSync(join(folder, stuck)));
  assert.equal(relay.context.proxies.runningCount, 1);
});

test('a driver whose first sweep fails is used all the same', async (t) => {
  const driver = new TestDriver();
  driver.sweep = () => Promise.reject(new Error('Cannot remove it'));
  const { create } = await startProxyRelay(t, { proxyDriver: driver });
  await create();
  assert.equal(driver.alive, 1);
});

test('what another driver has left is removed, and that driver forgotten when nothing is left', async (t) => {
  const workers = ['1-0-1', '1-0-2'];
  const { folder, start } = await leftBehind(t, { names: [...workers, 'not-ours'], drivers: [] });
  const { socketPath, containers } = await fakeDocker(t, { folder, workers });
  await writeFile(join(folder, 'drivers'), `docker ${socketPath}\n`);
  const first = await start();
  // The container that can't be removed keeps the driver in mind; it does not keep the others.
  await until(async () => containers.size === 1 && !(await readdir(folder)).some((name) => workers.includes(name)));
  await first.relay.context[Symbol.asyncDispose]();
  assert.equal(await readFile(join(folder, 'drivers'), 'utf8'), `docker ${socketPath}\n`);
  await start();
  await until(async () => (await readFile(join(folder, 'drivers'), 'utf8')) === '');
  assert.equal(containers.size, 0);
  assert.deepEqual((await readdir(folder)).toSorted(), ['drivers', 'not-ours']);
});

test('what processes have left is removed by a relay that has Docker now, and is remembered until then', async (t) => {
  const old = `worker-${'1'.repeat(16)}`;
  const { folder, start } = await leftBehind(t, { names: [old, 'empty'], drivers: ['process'] });
  const docker = { ...DEFAULT_PROXIES.docker, socketPath: '/nowhere/docker.sock' };
  await start({ driver: 'docker', docker });
  await until(async () => (await readFile(join(folder, 'drivers'), 'utf8')) === '');
  assert.ok(!existsSync(join(folder, old)));
});
