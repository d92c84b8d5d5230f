import assert from 'node:assert/strict';
import { test } from 'node:test';
import { removeWorker } from './docker-removal.ts';

function start(refusals: number) {
  let asked = 0;
  const warned: unknown[] = [];
  const api = {
    removeContainer: async () => {
      asked++;
      if (asked <= refusals) throw new Error('500: device or resource busy');
    },
  };
  const log = { warn: (...words: unknown[]) => void warned.push(words) };
  return { removal: { api, log, pause: async () => {} }, warned, asked: () => asked };
}

test('asks a Docker that is busy again until the container is gone', async () => {
  const { removal, warned, asked } = start(3);
  await removeWorker('c1', removal);
  assert.equal(asked(), 4);
  assert.deepEqual(warned, []);
});

test('says what a Docker leaves behind that does not remove it', async () => {
  const { removal, warned, asked } = start(Infinity);
  await removeWorker('c1', removal);
  assert.equal(asked(), 5);
  assert.equal(warned.length, 1);
});
