import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import type { WorkerEnd } from './proxy-driver.ts';
import { WorkerPool, type PooledWorker } from './worker-pool.ts';

/** Stands for a process: the pool only asks when it ends. */
class StillWorker implements PooledWorker {
  gone = false;
  readonly #ended = Promise.withResolvers<WorkerEnd>();
  readonly ended = this.#ended.promise;

  die(): void {
    this.gone = true;
    this.#ended.resolve({ cause: 'killed', detail: 'Its process was killed' });
  }

  async destroy(): Promise<void> {
    this.die();
    await this.ended;
  }
}

function stage(t: TestContext, { size, fails = () => false }: { size: number; fails?: () => boolean }) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const started: StillWorker[] = [];
  let attempts = 0;
  const pool = new WorkerPool({
    size,
    start: async () => {
      attempts++;
      if (fails()) throw new Error('Cannot start');
      const worker = new StillWorker();
      started.push(worker);
      return await Promise.resolve(worker);
    },
    log: { warn: () => undefined },
  });
  return { pool, started, attempts: () => attempts };
}

/** Everything that is only waiting for its turn. */
const settled = async (): Promise<void> => await new Promise(setImmediate);

suite('pool of processes', () => {
  test('gives those that wait, the oldest first, and refills when it is told to', async (t) => {
    const { pool, started } = stage(t, { size: 2 });
    await settled();
    assert.equal(started.length, 2);
    assert.equal(await pool.take(), started[0]);
    assert.equal(started.length, 2);
    pool.refill();
    assert.equal(started.length, 3);
    assert.equal(await pool.take(), started[1]);
  });

  test('an empty one starts one for who asks', async (t) => {
    const { pool, started } = stage(t, { size: 0 });
    assert.equal(await pool.take(), started[0]);
    assert.equal(started.length, 1);
  });

  test('never starts more at once than it keeps', async (t) => {
    const { pool, attempts } = stage(t, { size: 2 });
    for (let count = 0; count < 5; count++) pool.refill();
    await settled();
    assert.equal(attempts(), 2);
  });

  test('replaces one that died while it waited, later each time, and never gives it', async (t) => {
    const { pool, started } = stage(t, { size: 1 });
    await settled();
    for (const delayMs of [250, 500, 1_000]) {
      const count = started.length;
      started.at(-1)?.die();
      await settled();
      t.mock.timers.tick(delayMs - 1);
      pool.refill();
      assert.equal(started.length, count, `not before ${delayMs} ms`);
      t.mock.timers.tick(1);
      await settled();
      assert.equal(started.length, count + 1);
    }
    assert.equal((await pool.take()).gone, false);
  });

  test('when none can be started, who asks is told, and the pool tries again later', async (t) => {
    let fails = true;
    const { pool, started, attempts } = stage(t, { size: 1, fails: () => fails });
    await settled();
    await assert.rejects(pool.take(), /Cannot start/);
    fails = false;
    const before = attempts();
    t.mock.timers.tick(250);
    await settled();
    assert.equal(attempts(), before + 1);
    assert.equal(await pool.take(), started[0]);
  });

  test('disposing ends those that wait and starts no more', async (t) => {
    const { pool, started, attempts } = stage(t, { size: 2 });
    const taken = await pool.take();
    await pool[Symbol.asyncDispose]();
    assert.deepEqual(
      started.map(({ gone }) => gone),
      [false, true],
    );
    pool.refill();
    t.mock.timers.tick(60_000);
    await settled();
    assert.equal(attempts(), 2);
    assert.equal(taken.gone, false);
  });
});
