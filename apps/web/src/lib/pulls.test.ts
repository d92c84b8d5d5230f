import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, type PullEvent } from '@cloudtolocalllm/sdk';
import { createPulls } from './pulls.ts';

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Downloads whose events the test hands out. */
function setUp() {
  const entries: (PullEvent | Error)[] = [];
  const opened: string[] = [];
  const done: string[] = [];
  let wake = (): void => {};
  let closed = 0;
  const pulls = createPulls({
    onDone: (bridgeId, model) => done.push(`${bridgeId} ${model}`),
    async *pull(bridgeId, model, { signal } = {}) {
      opened.push(`${bridgeId} ${model}`);
      try {
        for (;;) {
          signal?.throwIfAborted();
          const entry = entries.shift();
          if (entry instanceof Error) throw entry;
          if (entry) yield entry;
          else
            await new Promise<void>((resolve) => {
              wake = resolve;
              signal?.addEventListener('abort', () => resolve());
            });
        }
      } finally {
        closed += 1;
      }
    },
  });
  const tell = (...more: (PullEvent | Error)[]): Promise<void> => {
    entries.push(...more);
    wake();
    return settled();
  };
  return { pulls, tell, opened, done, closed: () => closed };
}

const progress = (digest: string, completed: number, total: number): PullEvent => ({
  type: 'progress',
  status: `pulling ${digest}`,
  digest,
  completed,
  total,
});

test('adds up the layers of a download, and forgets it when it is done', async () => {
  const { pulls, tell, opened, done } = setUp();
  pulls.start('bridge-1', 'a');
  pulls.start('bridge-1', 'a');
  await tell({ type: 'progress', status: 'pulling manifest' }, progress('x', 10, 100), progress('y', 0, 20));
  assert.deepEqual(opened, ['bridge-1 a'], 'once');
  assert.partialDeepStrictEqual(pulls.get(), [{ completed: 10, total: 120, status: 'pulling y' }]);
  await tell(progress('x', 100, 100));
  assert.partialDeepStrictEqual(pulls.get(), [{ completed: 100, total: 120 }]);
  await tell({ type: 'complete', model: 'a' });
  assert.deepEqual([pulls.get(), done], [[], ['bridge-1 a']]);
});

test('keeps a download that failed, with the engine’s words, until it is tried again or put away', async () => {
  const { pulls, tell } = setUp();
  pulls.start('bridge-1', 'nope');
  await tell({ type: 'error', error: 'engine_error', message: 'no such model', code: 502 });
  assert.equal(pulls.get()[0]?.failure?.detail, 'no such model');
  await tell(new ApiError('Away', { status: 503, code: 'bridge_offline' }));
  assert.equal(pulls.get()[0]?.failure?.code, 'bridge_offline');
  pulls.start('bridge-1', 'nope');
  assert.equal(pulls.get()[0]?.failure, undefined);
  pulls.cancel('bridge-1', 'nope');
  assert.deepEqual(pulls.get(), []);
});

test('a cancelled download stops at the relay too, and can begin anew', async () => {
  const { pulls, tell, opened, closed } = setUp();
  pulls.start('bridge-1', 'a');
  pulls.start('bridge-2', 'b');
  pulls.cancel('bridge-1', 'a');
  await settled();
  assert.equal(closed(), 1);
  pulls.start('bridge-1', 'a');
  await tell();
  assert.deepEqual(opened, ['bridge-1 a', 'bridge-2 b', 'bridge-1 a']);
  pulls.reset();
  await settled();
  assert.deepEqual([pulls.get(), closed()], [[], 3]);
});
