import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ProxyEnforcement } from '@cloudtolocalllm/protocol';
import { CONFINEMENT_KINDS } from './confinement.ts';
import { pathThrough, SENTENCE, spec, Upstream } from './contract-path.ts';
import { proxyDriverContract } from './driver-contract.ts';
import { processDriver } from './process-driver.ts';
import { leftovers, makeDriver } from './process-maker.ts';
import { probe } from './test-probe.ts';

const maker = new URL('./process-maker.ts', import.meta.url);
const PRINT_ENFORCEMENT = fileURLToPath(new URL('./test-workers/print-enforcement.ts', import.meta.url));
/** Nobody, on every Linux. */
const NOBODY = '65534';
const SETPRIV = '/usr/bin/setpriv';
const isRoot = process.getuid?.() === 0;
const run = promisify(execFile);
const log = { info: () => undefined, warn: () => undefined };

for (const kind of CONFINEMENT_KINDS) {
  const here = await probe(kind);
  if (here === undefined) {
    test(`process, ${kind}: this machine does not have it, and a driver that must use it says why`, async (t) => {
      const dataDir = await folder(t);
      await assert.rejects(
        makeDriver(dataDir, 1, kind),
        new RegExp(`Cannot hold proxies to their shares: ${kind}: .+`),
      );
      assert.deepEqual(await leftovers(dataDir), { running: [], places: [] });
    });
  } else {
    proxyDriverContract(`process, ${kind}`, { maker, variant: kind, enforcement: here });
  }
}

suite('process driver', () => {
  test('says that a process was killed, and by which signal', async (t) => {
    const { driver, dataDir } = await start(t, 0);
    const worker = await driver.create(spec());
    process.kill(await onlyProcess(dataDir), 'SIGKILL');
    assert.deepEqual(await worker.ended, { cause: 'killed', detail: 'Its process was killed (signal SIGKILL)' });
    assert.deepEqual(await leftovers(dataDir), { running: [], places: [] });
  });

  test('a signal to all of a relay, such as Ctrl+C, ends no answer', async (t) => {
    const { driver, dataDir } = await start(t, 0);
    await using upstream = await Upstream.listen();
    const answer = (await pathThrough(await driver.create(spec()), upstream)).ask('/endless');
    const pid = await onlyProcess(dataDir);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      const before = answer.pieces;
      process.kill(pid, signal);
      await t.waitFor(() => assert.ok(answer.pieces > before + 5), { timeout: 30_000 });
    }
  });

  test('replaces a process that died in the pool, and gives a living one', async (t) => {
    const { driver, dataDir } = await start(t, 1);
    const died = await onlyProcess(dataDir, t);
    process.kill(died, 'SIGKILL');
    await using upstream = await Upstream.listen();
    const worker = await driver.create(spec());
    const answer = (await pathThrough(worker, upstream)).ask('/sentence');
    assert.equal(await answer.ended, 'end');
    assert.equal(answer.text, SENTENCE);
    // The one that was made, and the pool's.
    await t.waitFor(async () => assert.equal((await leftovers(dataDir)).running.length, 2), { timeout: 30_000 });
  });

  test('when the program does not run, says what it said', async (t) => {
    const dataDir = await folder(t);
    const driver = await processDriver({ runtimeDir: dataDir, poolSize: 1, log, program: join(dataDir, 'no.js') });
    await assert.rejects(driver.create(spec()), /Cannot start a proxy's process.*exit code 1.*no\.js/);
    await driver[Symbol.asyncDispose]();
    assert.deepEqual(await leftovers(dataDir), { running: [], places: [] });
  });

  test('a program that closes its streams and goes on is not waited for', async (t) => {
    const dataDir = await folder(t);
    const program = join(dataDir, 'mute.js');
    await writeFile(program, "require('node:net').Socket({ fd: 3 }).destroy(); setInterval(() => {}, 1000);");
    await using driver = await processDriver({ runtimeDir: dataDir, poolSize: 0, log, program });
    await assert.rejects(driver.create(spec()), /Cannot start a proxy's process/);
    assert.deepEqual(await leftovers(dataDir), { running: [], places: [] });
  });

  test('a worker reads no file but its program, and starts nothing', async (t) => {
    const { driver } = await start(t, 0);
    await using upstream = await Upstream.listen();
    for (const path of ['/test/read', '/test/spawn']) {
      const worker = await driver.create(spec());
      (await pathThrough(worker, upstream)).ask(path);
      assert.match((await worker.ended).detail, /ERR_ACCESS_DENIED|Access to this API has been restricted/);
    }
  });

  test('disposed of, it leaves no group of its own either', async (t) => {
    const dataDir = await folder(t);
    const driver = await makeDriver(dataDir, 1);
    const worker = await driver.create(spec());
    const groups = (await leftovers(dataDir)).places.map((place) => dirname(place));
    await driver[Symbol.asyncDispose]();
    assert.equal((await worker.ended).cause, 'destroyed');
    assert.deepEqual(groups.filter(existsSync), []);
  });

  test('sweeps away the programs of earlier versions', async (t) => {
    const { driver, dataDir } = await start(t, 0);
    const programs = async (): Promise<string[]> =>
      (await readdir(dataDir)).filter((name) => name.startsWith('worker-'));
    const [current = ''] = await programs();
    await mkdir(join(dataDir, `worker-${'0'.repeat(16)}`));
    await mkdir(join(dataDir, `${basename(current)}-${randomUUID()}`));
    await driver.sweep();
    assert.deepEqual(await programs(), [current]);
    await (await driver.create(spec())).destroy();
  });

  test('a relay that is nobody on its machine says what it can do, and no more', async () => {
    const enforcement = await enforcementOfNobody(process.env);
    // Nobody delegates groups to nobody; somebody may have to whoever else runs this.
    if (isRoot) assert.deepEqual(enforcement, { memory: 'rlimit', cpu: 'none' });
    else assert.notEqual(enforcement.memory, 'none');
  });

  test('a relay without prlimit does not say that it limits memory with it', async () => {
    const { memory, cpu } = await enforcementOfNobody({ PATH: '/nowhere' });
    assert.notEqual(memory, 'rlimit');
    if (isRoot) assert.deepEqual([memory, cpu], ['none', 'none']);
  });
});

/** As another user that has no rights, when this one may become that one; else as this one. */
async function enforcementOfNobody(env: NodeJS.ProcessEnv): Promise<ProxyEnforcement> {
  const asNobody = ['--reuid', NOBODY, '--regid', NOBODY, '--clear-groups', process.execPath];
  const [program, ...options] = isRoot ? [SETPRIV, ...asNobody] : [process.execPath];
  const { stdout } = await run(program, [...options, PRINT_ENFORCEMENT, `c2l-${randomUUID()}`], {
    env,
    timeout: 30_000,
  });
  return JSON.parse(stdout) as ProxyEnforcement; // as: what it prints
}

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'process-driver-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

async function start(t: TestContext, poolSize: number) {
  const dataDir = await folder(t);
  const driver = await makeDriver(dataDir, poolSize);
  t.after(() => driver[Symbol.asyncDispose]());
  return { dataDir, driver };
}

/** The id of the one process there is; with `t`, as soon as there is one. */
async function onlyProcess(dataDir: string, t?: TestContext): Promise<number> {
  await t?.waitFor(async () => assert.equal((await leftovers(dataDir)).running.length, 1), { timeout: 30_000 });
  const { running } = await leftovers(dataDir);
  assert.equal(running.length, 1);
  return Number(/\d+/.exec(running[0] ?? '')?.[0]);
}
