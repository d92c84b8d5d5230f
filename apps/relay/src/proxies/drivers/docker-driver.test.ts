import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { after, suite, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { pathThrough, SENTENCE, spec, Upstream } from './contract-path.ts';
import { DockerApi } from './docker-api.ts';
import { dockerDriver } from './docker-driver.ts';
import { DATA_LABEL } from './docker-sweep.ts';
import { buildProxyImage } from './docker-image.ts';
import { TEST_IMAGE, TEST_PROGRAM } from './docker-maker.ts';
import { dockerRequest } from './docker-request.ts';
import { proxyDriverContract } from './driver-contract.ts';
import type { ProxyDriver } from './proxy-driver.ts';
import { tarArchive } from './tar-archive.ts';
import { TestDocker } from './test-docker.ts';
import type { Surroundings } from './test-workers/look-around.ts';

const LOOK_AROUND = { entry: fileURLToPath(new URL('./test-workers/look-around.ts', import.meta.url)) };
const quiet = { info: () => undefined, warn: () => undefined };

const docker = await TestDocker.start();
if (typeof docker === 'string') {
  test(`Docker driver: not tested here, because ${docker}`, { skip: docker });
} else {
  after(() => docker[Symbol.asyncDispose]());
  proxyDriverContract('docker', {
    maker: new URL('./docker-maker.ts', import.meta.url),
    variant: docker.socketPath,
    enforcement: { memory: 'docker', cpu: 'docker' },
  });
  ofDockerAlone(docker.socketPath);
}

function ofDockerAlone(ownSocketPath: string): void {
  async function start(
    t: TestContext,
    { image = TEST_IMAGE, program = TEST_PROGRAM, poolSize = 0, socketPath = ownSocketPath } = {},
  ): Promise<{ driver: ProxyDriver; api: DockerApi; runtimeDir: string }> {
    const runtimeDir = await mkdtemp(join(tmpdir(), 'docker-driver-'));
    const starting = dockerDriver({ image, program, poolSize, socketPath, runtimeDir, log: quiet });
    t.after(async () => {
      await starting.then(
        (driver) => driver[Symbol.asyncDispose](),
        () => undefined,
      );
      await rm(runtimeDir, { recursive: true });
    });
    const driver = await starting;
    return { driver, api: await DockerApi.connect(socketPath), runtimeDir };
  }

  suite('a worker in a container', { concurrency: false }, () => {
    test('has no network, no rights, nothing to write to and nothing to run but itself', async (t) => {
      const host = createServer((_, response) => void response.end()).listen(0, '0.0.0.0');
      await once(host, 'listening');
      t.after(() => host.close());
      const { driver } = await start(t, { image: 'look-around', program: LOOK_AROUND });
      const { clientSide } = await driver.create(spec());
      const lines = createInterface({ input: clientSide })[Symbol.asyncIterator]();
      await lines.next();
      clientSide.write(String((host.address() as AddressInfo).port)); // as: it listens on TCP
      const { value = '' } = await lines.next();
      const found = JSON.parse(value) as Surroundings; // as: what its program says
      assert.deepEqual(found.attempts, {
        loopback: 'ECONNREFUSED',
        internet: 'ENETUNREACH',
        secondConnection: 'ENOENT',
        writeRoot: 'EROFS',
        writeSockets: 'EROFS',
        runShell: 'ENOENT',
      });
      assert.deepEqual(found.interfaces, ['lo']);
      assert.equal(found.uid, 65532);
      const { NoNewPrivs: noNewPrivileges, ...capabilities } = found.rights;
      assert.equal(noNewPrivileges, '1');
      assert.ok(Object.keys(capabilities).length >= 5);
      for (const [name, value] of Object.entries(capabilities)) assert.match(value, /^0+$/, name);
      assert.deepEqual(found.environment.toSorted(), ['HOME', 'HOSTNAME', 'LD_LIBRARY_PATH', 'PATH']);
    });

    test('is what Docker is asked for, with the limits of its proxy', async (t) => {
      const { driver, api } = await start(t, { poolSize: 1 });
      const { proxyId, ...limits } = spec({ memoryBytes: 96 * 1024 * 1024, cpus: 0.25 });
      await driver.create({ proxyId, ...limits });
      const path = `/containers/json?filters=${encodeURIComponent(JSON.stringify({ name: [proxyId] }))}`;
      const [listed] = JSON.parse((await dockerRequest(api.socketPath, { method: 'GET', path })).toString()) as [
        { Id: string; Labels: Record<string, string> },
      ]; // as: the Engine API's
      assert.ok(listed.Labels[DATA_LABEL] !== undefined);
      const inspect = await dockerRequest(api.socketPath, { method: 'GET', path: `/containers/${listed.Id}/json` });
      const { HostConfig: host } = JSON.parse(inspect.toString()) as { HostConfig: Record<string, unknown> }; // as: so it is
      const expected = {
        NetworkMode: 'none',
        IpcMode: 'none',
        ReadonlyRootfs: true,
        Privileged: false,
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges'],
        Memory: limits.memoryBytes,
        MemorySwap: limits.memoryBytes,
        CpuPeriod: 20_000,
        CpuQuota: 5_000,
        AutoRemove: false,
      };
      for (const [name, value] of Object.entries(expected)) assert.deepEqual(host[name], value, name);
    });

    test('has a folder with two sockets that nobody else can come to', async (t) => {
      const { driver, runtimeDir } = await start(t);
      await driver.create(spec());
      assert.equal((await stat(runtimeDir)).mode & 0o777, 0o700);
      const [folder = '', ...others] = await readdir(runtimeDir);
      assert.deepEqual(others, []);
      assert.deepEqual(await readdir(join(runtimeDir, folder)), [], 'each socket is gone once it has its connection');
    });

    test('that somebody else removes is reported as killed', async (t) => {
      const { driver, api } = await start(t);
      const { proxyId, ...rest } = spec();
      const worker = await driver.create({ proxyId, ...rest });
      const filters = encodeURIComponent(JSON.stringify({ name: [proxyId] }));
      const path = `/containers/json?filters=${filters}`;
      const answer = await dockerRequest(api.socketPath, { method: 'GET', path });
      const [{ Id: id }] = JSON.parse(answer.toString()) as [{ Id: string }]; // as: the Engine API's
      await dockerRequest(api.socketPath, { method: 'POST', path: `/containers/${id}/kill` });
      const { cause, detail } = await worker.ended;
      assert.equal(cause, 'killed', detail);
      assert.match(detail, /SIGKILL/);
    });

    test('ends with its Docker, and the driver says so when it is asked for another', async (t) => {
      const other = await TestDocker.start();
      assert.ok(typeof other !== 'string', 'a second daemon starts as the first did');
      t.after(() => other[Symbol.asyncDispose]());
      const { driver } = await start(t, { socketPath: other.socketPath });
      const worker = await driver.create(spec());
      await other[Symbol.asyncDispose]();
      assert.notEqual((await worker.ended).cause, 'destroyed');
      await worker.destroy();
      await assert.rejects(driver.create(spec()), /^DockerError: Docker does not answer at /);
    });

    test('is not made when Docker refuses its limits, and leaves nothing then', async (t) => {
      const { driver, runtimeDir } = await start(t);
      await assert.rejects(driver.create(spec({ memoryBytes: 1024 })), /can't be put under its limits.*memory/i);
      assert.deepEqual(await readdir(runtimeDir), []);
    });
  });

  suite('the image of workers', { concurrency: false }, () => {
    test('is made anew when it is gone while the relay runs', async (t) => {
      const { driver, api } = await start(t, { image: 'gone-meanwhile:1' });
      const upstream = await Upstream.listen();
      t.after(() => upstream[Symbol.asyncDispose]());
      await dockerRequest(api.socketPath, { method: 'DELETE', path: '/images/gone-meanwhile:1' });
      const answer = (await pathThrough(await driver.create(spec()), upstream)).ask('/sentence');
      assert.equal(await answer.ended, 'end');
      assert.equal(answer.text, SENTENCE);
    });

    test('is made anew of another program, and the old one goes', async (t) => {
      const { api } = await start(t, { image: 'changing', program: LOOK_AROUND });
      const old = await api.image('changing');
      await start(t, { image: 'changing' });
      assert.ok(old);
      assert.notEqual((await api.image('changing'))?.id, old.id);
      assert.equal(await api.image(old.id), undefined);
    });

    test('stays as it is for the same program', async (t) => {
      const { api } = await start(t);
      const before = await api.image(TEST_IMAGE);
      await start(t);
      assert.equal((await api.image(TEST_IMAGE))?.id, before?.id);
      await buildProxyImage({ api, image: TEST_IMAGE, program: TEST_PROGRAM, log: quiet });
      const { labels } = (await api.image(TEST_IMAGE)) ?? {};
      assert.deepEqual(labels, before?.labels);
    });

    test("is refused, and left alone, when it is somebody else's and does not fit", async (t) => {
      const { api } = await start(t);
      const files = (): Readable => Readable.from(tarArchive([{ type: 'text', name: 'hello', text: 'hello' }]));
      await api.importImage({ name: 'foreign', files: files(), changes: ['LABEL cloudtolocalllm.worker-version=0'] });
      await assert.rejects(
        start(t, { image: 'foreign' }),
        /worker-version is 0, not \d+\. Make one with "npm run proxy:image"/,
      );
      await api.importImage({ name: 'foreign', files: files(), changes: [] });
      await assert.rejects(start(t, { image: 'foreign' }), /worker-version is missing/);
    });
  });
}

test(
  'a folder whose path is too long for sockets is refused in words',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'docker-driver-'));
    t.after(() => rm(folder, { recursive: true }));
    const runtimeDir = join(folder, 'long'.repeat(25));
    const refused = dockerDriver({ image: TEST_IMAGE, socketPath: '/nowhere', runtimeDir, log: quiet });
    await assert.rejects(refused, /too long for a Unix socket.*shorter path/s);
  },
);
