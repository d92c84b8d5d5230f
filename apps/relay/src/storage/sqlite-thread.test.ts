import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DatabaseError } from './database-error.ts';
import { SqliteThread } from './sqlite-thread.ts';

const script = (code: string) => new URL(`data:text/javascript,${encodeURIComponent(code)}`);

test('a crash rejects everything pending and is told once', async () => {
  const crashes: DatabaseError[] = [];
  const dying = script(`
    import { parentPort } from 'node:worker_threads';
    parentPort.on('message', ({ id }) => {
      if (id === 1) return;
      throw new Error('out of luck');
    });
  `);
  await using thread = new SqliteThread({ path: 'unused' }, (error) => crashes.push(error), dying);
  const query = { sql: 'select 1', parameters: [] };
  const pending = [thread.query(query), thread.batch([query]), thread.query(query)];
  for (const result of await Promise.allSettled(pending)) {
    assert.equal(result.status, 'rejected');
    assert.equal(result.reason.code, 'closed');
    assert.equal(result.reason.cause.message, 'out of luck');
  }
  await assert.rejects(thread.query(query), { code: 'closed' });
  assert.equal(crashes.length, 1);
});

test('refuses what cannot be copied to the thread', async () => {
  const idle = script(`
    import { parentPort } from 'node:worker_threads';
    parentPort.on('message', ({ kind }) => kind === 'close' && parentPort.close());
  `);
  await using thread = new SqliteThread({ path: 'unused' }, assert.fail, idle);
  await assert.rejects(thread.query({ sql: 'select ?', parameters: [() => {}] }), { code: 'failed' });
});
