import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pool } from './pool.ts';

const never = new AbortController().signal;

test('serves those who wait in order, and forgets who gave up', async () => {
  const pool = new Pool(['only']);
  const only = await pool.acquire(never);
  const served: string[] = [];
  const leaving = new AbortController();
  const gone = pool.acquire(leaving.signal);
  const waiting = ['a', 'b'].map(async (name) => {
    const item = await pool.acquire(never);
    served.push(name);
    pool.release(item);
  });
  leaving.abort(new Error('gone'));
  await assert.rejects(gone, /gone/);
  pool.release(only);
  await Promise.all(waiting);
  assert.deepEqual(served, ['a', 'b']);
  assert.equal(await pool.acquire(never), 'only');
});
