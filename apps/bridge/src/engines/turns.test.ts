import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Turn, Turns } from './turns.ts';

/** Takes a turn and notes when it begins. */
function take(turns: Turns, engine: { limit: number }, log: string[], name: string): Turn {
  const turn = turns.take(
    engine,
    () => log.push(name),
    () => log.push(`${name} gone`),
  );
  assert.ok(turn);
  return turn;
}

test('lets run as many as the engine may, and the others in the order in which they came', () => {
  const turns = new Turns();
  const engine = { limit: 2 };
  const log: string[] = [];
  const all = ['a', 'b', 'c', 'd'].map((name) => take(turns, engine, log, name));
  assert.deepEqual([log, turns.running(engine), turns.waiting(engine)], [['a', 'b'], 2, 2]);
  all[1]!.release();
  all[1]!.release();
  assert.deepEqual([log, turns.running(engine)], [['a', 'b', 'c'], 2], 'given back once, however often it is said');
  all[3]!.release();
  assert.equal(turns.waiting(engine), 0, 'who goes away waits no more');
  all[0]!.release();
  all[2]!.release();
  assert.deepEqual([log.length, turns.running(engine)], [3, 0]);
});

test('nobody waits for another engine, but all for the limit of the bridge', () => {
  let most: number | undefined = 3;
  const turns = new Turns({ maxTotal: () => most });
  const [slow, quick] = [{ limit: 1 }, { limit: 5 }];
  const log: string[] = [];
  const first = take(turns, slow, log, 'slow 1');
  take(turns, slow, log, 'slow 2');
  take(turns, quick, log, 'quick 1');
  take(turns, quick, log, 'quick 2');
  take(turns, quick, log, 'quick 3');
  assert.deepEqual(log, ['slow 1', 'quick 1', 'quick 2']);
  first.release();
  assert.deepEqual(log.slice(3), ['slow 2']);
  most = undefined;
  turns.advance();
  assert.deepEqual(log.slice(4), ['quick 3']);
});

test('the line has an end, and nobody is let past it', () => {
  const turns = new Turns({ maxWaiting: () => 1 });
  const engine = { limit: 1 };
  const log: string[] = [];
  const running = take(turns, engine, log, 'a');
  take(turns, engine, log, 'b');
  assert.equal(
    turns.take(engine, () => log.push('c')),
    undefined,
  );
  engine.limit = 2;
  assert.equal(turns.isFree(engine), false, 'there is room, but somebody waits for it');
  running.release();
  assert.deepEqual(log, ['a', 'b']);
});

test('who waits for an engine that is taken away is told', () => {
  const turns = new Turns();
  const engine = { limit: 1 };
  const log: string[] = [];
  take(turns, engine, log, 'a');
  take(turns, engine, log, 'b');
  turns.remove(engine);
  assert.deepEqual(log, ['a', 'b gone']);
});
