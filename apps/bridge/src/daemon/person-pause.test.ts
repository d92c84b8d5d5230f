import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { PersonPause } from './person-pause.ts';

function setUp(t: TestContext) {
  const directory = join(mkdtempSync(join(tmpdir(), 'bridge-pause-')), 'profile');
  t.after(() => rmSync(join(directory, '..'), { recursive: true }));
  const told: string[] = [];
  const daemon = {
    pause: (key: string, detail: string) => void told.push(`${key}: ${detail}`),
    resume: (key: string) => void told.push(`${key} resumes`),
  };
  const at = (now: Date): PersonPause => {
    const pause = new PersonPause({ directory, daemon, now: () => now });
    pause.restore();
    return pause;
  };
  return { directory, told, at };
}

test('pauses, says since when, and resumes', (t) => {
  const { told, at, directory } = setUp(t);
  const pause = at(new Date(2026, 10, 28, 14, 2));
  pause.pause();
  pause.pause();
  assert.equal(statSync(join(directory, 'paused.json')).mode & 0o777, 0o600);
  pause.resume();
  assert.equal(pause.since, undefined);
  assert.deepEqual(told, ['person: paused by you since 14:02', 'person resumes']);
});

test('goes on after a restart, with the day when that was another one', (t) => {
  const { told, at } = setUp(t);
  at(new Date(2026, 10, 28, 14, 2)).pause();
  const later = at(new Date(2026, 10, 29, 8, 0));
  assert.deepEqual(later.since, new Date(2026, 10, 28, 14, 2));
  later.resume();
  assert.equal(at(new Date(2026, 10, 29, 8, 1)).since, undefined);
  assert.deepEqual(told, [
    'person: paused by you since 14:02',
    'person: paused by you since 28 Nov, 14:02',
    'person resumes',
  ]);
});

test('stays paused when the file is damaged, until its person resumes', (t) => {
  const { told, at, directory } = setUp(t);
  at(new Date(2026, 10, 28, 14, 2)).pause();
  writeFileSync(join(directory, 'paused.json'), 'damaged');
  const pause = at(new Date());
  assert.equal(told.length, 2);
  pause.resume();
  assert.equal(at(new Date()).since, undefined);
});
