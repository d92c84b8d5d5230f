import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ProxyEnforcement } from '@cloudtolocalllm/protocol';
import { startProxyRelay } from '../test-proxies.ts';
import { pathThrough, SENTENCE, spec, Upstream } from './contract-path.ts';
import type { ProxyDriver, ProxyWorker, WorkerUsage } from './proxy-driver.ts';

const MEGABYTE = 1024 * 1024;
const CYCLES = 50;
/** Long enough for a quota to show; a share that other work on the machine can't keep from it. */
const BURN_MS = 3_000;
const BURN_CPUS = 0.2;
const RELAY = fileURLToPath(new URL('./contract-relay.ts', import.meta.url));

/** What a driver has on this machine for one data folder, other than what its relay shares among all. */
export interface Leftovers {
  /** Processes, containers. */
  running: string[];
  /** Groups, sockets, files of single workers. */
  places: string[];
}

/** The module exports `makeDriver` and `leftovers` as these; another process imports it too. */
export interface DriverMaker {
  /** The program it runs has `test-workers/misbehave.ts` before its own. */
  makeDriver(dataDir: string, poolSize: number, variant: string): Promise<ProxyDriver>;
  leftovers(dataDir: string, variant: string): Promise<Leftovers>;
}

export interface DriverContractOptions {
  /** Of the module that exports `makeDriver` and `leftovers`. */
  maker: URL;
  /** Passed to both: which kind of driver. */
  variant: string;
  /** What it has to say of itself, and is held to. */
  enforcement: ProxyEnforcement;
}

/** What every driver has to do, whatever it runs its workers in. */
export function proxyDriverContract(name: string, { maker, variant, enforcement }: DriverContractOptions): void {
  const load = async (): Promise<DriverMaker> => (await import(maker.href)) as DriverMaker; // as: its module says so

  async function start(t: TestContext, { poolSize = 0 } = {}): Promise<Stage> {
    const { makeDriver, leftovers } = await load();
    const dataDir = await mkdtemp(join(tmpdir(), 'proxy-driver-'));
    const upstream = await Upstream.listen();
    const driver = await makeDriver(dataDir, poolSize, variant);
    t.after(async () => {
      await driver[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
      const left = await leftovers(dataDir, variant);
      await rm(dataDir, { recursive: true, force: true });
      assert.deepEqual(left, { running: [], places: [] }, 'disposing leaves nothing');
    });
    return { dataDir, upstream, driver, leftovers: async () => await leftovers(dataDir, variant) };
  }

  suite(`${name}: driver of proxies`, { concurrency: false }, () => {
    test('says what holds a worker, and no more', async (t) => {
      const { driver } = await start(t);
      const worker = await driver.create(spec());
      assert.deepEqual(worker.enforcement, enforcement);
    });

    test('an answer streams through a worker, piece by piece', async (t) => {
      const { driver, upstream } = await start(t, { poolSize: 1 });
      const answer = (await pathThrough(await driver.create(spec()), upstream)).ask('/sentence');
      assert.equal(await answer.ended, 'end');
      assert.equal(answer.text, SENTENCE);
      assert.ok(answer.pieces > 3, `${answer.pieces} pieces`);
    });

    for (const [what, path] of [
      ['bytes', '/test/hog-bytes'],
      ['objects', '/test/hog-objects'],
    ] as const) {
      test(`a worker that hoards ${what} dies alone, and is told apart`, async (t) => {
        const { driver, upstream } = await start(t);
        const [hog, neighbour] = await Promise.all([driver.create(spec()), driver.create(spec())]);
        const streaming = (await pathThrough(neighbour, upstream)).ask('/endless');
        await until(t, () => streaming.pieces > 0);
        const broken = (await pathThrough(hog, upstream)).ask(path);
        const { cause, detail } = await hog.ended;
        assert.equal(cause, 'out_of_memory', detail);
        assert.match(detail, /memory/);
        assert.equal(await broken.ended, 'proxy_ended');
        const before = streaming.pieces;
        await until(t, () => streaming.pieces > before + 10);
      });
    }

    test('a worker that burns time is held to its share, or is said not to be', async (t) => {
      const { driver, upstream } = await start(t);
      const worker = await driver.create(spec({ cpus: BURN_CPUS }));
      if (enforcement.cpu === 'none') {
        assert.equal(worker.enforcement.cpu, 'none');
        return;
      }
      (await pathThrough(worker, upstream)).ask('/test/burn');
      const idle = await usageOf(worker);
      await until(t, async () => (await usageOf(worker)).cpuSeconds > idle.cpuSeconds + 0.05);
      const [from, startedAt] = [await usageOf(worker), performance.now()];
      await new Promise((resolve) => setTimeout(resolve, BURN_MS)); // what is measured is a share of real time
      const [to, seconds] = [await usageOf(worker), (performance.now() - startedAt) / 1_000];
      const share = (to.cpuSeconds - from.cpuSeconds) / seconds;
      assert.ok(Math.abs(share - BURN_CPUS) <= BURN_CPUS * 0.2, `${share.toFixed(3)} of ${BURN_CPUS} cores`);
    });

    test('a worker that fails says why', async (t) => {
      const { driver, upstream } = await start(t);
      const worker = await driver.create(spec());
      (await pathThrough(worker, upstream)).ask('/test/throw');
      const { cause, detail } = await worker.ended;
      assert.equal(cause, 'failed');
      assert.match(detail, /code 1\b.*This worker was asked to fail/);
      assert.equal(await worker.usage(), undefined);
      await worker.destroy();
    });

    test('a client that goes away is gone upstream too', async (t) => {
      const { driver, upstream } = await start(t);
      const answer = (await pathThrough(await driver.create(spec()), upstream)).ask('/endless');
      await until(t, () => answer.pieces > 0);
      answer.abort();
      await until(t, () => upstream.abandoned.includes('/endless'));
    });

    test('destroyed in mid-stream, an answer breaks off, and nothing is left', async (t) => {
      const { driver, upstream, leftovers } = await start(t);
      const worker = await driver.create(spec());
      const answer = (await pathThrough(worker, upstream)).ask('/endless');
      await until(t, () => answer.pieces > 0);
      await Promise.all([worker.destroy(), worker.destroy()]);
      assert.equal(await answer.ended, 'proxy_ended');
      assert.equal((await worker.ended).cause, 'destroyed');
      assert.deepEqual(await leftovers(), { running: [], places: [] });
    });

    test('measures memory and processor time as they move', async (t) => {
      const { driver, upstream } = await start(t);
      const worker = await driver.create(spec({ memoryBytes: 512 * MEGABYTE }));
      const before = await usageOf(worker);
      assert.ok(before.memoryBytes > MEGABYTE, `${before.memoryBytes} bytes`);
      (await pathThrough(worker, upstream)).ask('/test/hog-bytes');
      await until(t, async () => {
        const now = await worker.usage();
        assert.ok(now !== undefined, 'it was measured before it died');
        return now.memoryBytes > before.memoryBytes + 16 * MEGABYTE && now.cpuSeconds > before.cpuSeconds;
      });
    });

    test(`made and destroyed ${CYCLES} times, it leaves nothing`, async (t) => {
      const { driver, leftovers } = await start(t);
      await (await driver.create(spec())).destroy();
      const before = (await readdir('/proc/self/fd')).length;
      for (let count = 0; count < CYCLES; count += 2) {
        const workers = await Promise.all([driver.create(spec()), driver.create(spec())]);
        await Promise.all(workers.map((worker) => worker.destroy()));
      }
      assert.deepEqual(await leftovers(), { running: [], places: [] });
      await until(t, async () => (await readdir('/proc/self/fd')).length <= before);
    });

    test('ends what has outlived its expiry, and nothing else', async (t) => {
      const { driver } = await start(t);
      const old = await driver.create(spec({ expires: new Date(Date.now() - 1) }));
      const young = await driver.create(spec());
      assert.equal(await driver.sweep(), 1);
      assert.equal((await old.ended).cause, 'destroyed');
      assert.ok((await young.usage()) !== undefined);
    });

    test('that of a proxy which nobody uses for its timeout is ended, and nothing is left', async (t) => {
      const { driver, leftovers } = await start(t);
      const { create, status, ticker, clock, relay } = await startProxyRelay(t, { proxyDriver: driver });
      const { proxyId } = await create({ timeout: 60 });
      clock.now += 59_999;
      ticker.tick();
      assert.equal((await leftovers()).running.length, 1);
      clock.now += 1;
      ticker.tick();
      await until(t, () => relay.context.proxies.runningCount === 0);
      const { status: state, reason } = await status(proxyId);
      assert.deepEqual([state, reason], ['terminated', 'timeout']);
      assert.deepEqual(await leftovers(), { running: [], places: [] });
    });

    test('one that hangs is ended and reported, while another answers', async (t) => {
      const { driver, upstream, leftovers } = await start(t);
      const { create, ask, status, ticker, relay } = await startProxyRelay(t, { proxyDriver: driver });
      const streaming = (await pathThrough(await driver.create(spec()), upstream)).ask('/endless');
      const creation = t.mock.method(driver, 'create');
      const made = await create();
      const worker = await creation.mock.calls[0]!.result!; // it was made
      const hanging = ask(made, '/test/hang');
      const idle = await usageOf(worker);
      await until(t, async () => (await usageOf(worker)).cpuSeconds > idle.cpuSeconds + 0.3);
      await until(t, () => {
        ticker.tick();
        return relay.context.proxies.runningCount === 0;
      });
      assert.equal((await hanging).status, 503);
      const { status: state, reason, detail } = await status(made.proxyId);
      assert.deepEqual([state, reason, detail], ['crashed', 'failed', 'Its process did not answer any more.']);
      const before = streaming.pieces;
      await until(t, () => streaming.pieces > before + 3);
      assert.equal((await leftovers()).running.length, 1);
    });

    test('makes none after it was disposed of, and ends those that run', async (t) => {
      const { driver, leftovers } = await start(t, { poolSize: 2 });
      const worker = await driver.create(spec());
      await driver[Symbol.asyncDispose]();
      assert.equal((await worker.ended).cause, 'destroyed');
      assert.deepEqual(await leftovers(), { running: [], places: [] });
      await assert.rejects(driver.create(spec()), /the relay is stopping/);
    });

    test('workers end with a relay that is killed; the next one sweeps up what could not', async (t) => {
      const { leftovers, dataDir, driver } = await start(t);
      const relay = spawn(process.execPath, [RELAY, maker.href, variant, dataDir], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      t.after(() => relay.kill('SIGKILL'));
      const exited = once(relay, 'exit');
      const ready = await Promise.race([once(relay.stdout, 'data'), exited.then(() => undefined)]);
      assert.ok(ready !== undefined, 'the relay that is to be killed has started');
      // One that streams, one that waits, one that hangs.
      assert.equal((await leftovers()).running.length, 3);
      assert.equal(await driver.sweep(), 0, 'what a living relay runs is left alone');
      relay.kill('SIGKILL');
      await exited;
      await until(t, async () => (await leftovers()).running.length === 1);
      let swept = 0;
      await until(t, async () => {
        swept += await driver.sweep();
        const { running, places } = await leftovers();
        return running.length + places.length === 0;
      });
      assert.ok(swept > 0);
    });

    test('relays of other data folders are left alone', async (t) => {
      const [one, other] = [await start(t), await start(t)];
      const worker = await one.driver.create(spec());
      const answer = (await pathThrough(worker, one.upstream)).ask('/endless');
      assert.equal(await other.driver.sweep(), 0);
      const before = answer.pieces;
      await until(t, () => answer.pieces > before + 3);
      assert.deepEqual(await other.leftovers(), { running: [], places: [] });
      assert.equal((await one.leftovers()).running.length, 1);
    });
  });
}

interface Stage {
  dataDir: string;
  upstream: Upstream;
  driver: ProxyDriver;
  leftovers(): Promise<Leftovers>;
}

async function usageOf(worker: ProxyWorker): Promise<WorkerUsage> {
  const usage = await worker.usage();
  assert.ok(usage !== undefined, 'it is measured');
  return usage;
}

/** Looks again and again; gives up after half a minute. */
async function until(t: TestContext, check: () => boolean | Promise<boolean>): Promise<void> {
  await t.waitFor(async () => assert.ok(await check()), { interval: 10, timeout: 30_000 });
}
