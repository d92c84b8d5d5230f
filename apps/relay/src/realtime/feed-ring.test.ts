import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bridgeRemoved, bridgeNumber } from './test-changes.ts';
import { FeedRing } from './feed-ring.ts';

const LIMITS = { ringEntries: 3, ringCharacters: 10_000 };

describe('FeedRing', () => {
  it('gives what came after a place, in order', () => {
    const ring = new FeedRing(LIMITS);
    for (const number of [1, 2, 3]) ring.append(bridgeRemoved(number));
    assert.deepEqual(numbersAfter(ring, 0), [1, 2, 3]);
    assert.deepEqual(numbersAfter(ring, 2), [3]);
    assert.equal(ring.after(3), 'none');
  });

  it('keeps no more than its limits, and says what is lost', () => {
    const ring = new FeedRing(LIMITS);
    for (const number of [1, 2, 3, 4, 5]) ring.append(bridgeRemoved(number));
    assert.equal(ring.after(1), 'lost');
    assert.deepEqual(numbersAfter(ring, 2), [3, 4, 5]);
    assert.equal(ring.placeOf(ring.idOf(1)), undefined);
    assert.equal(ring.placeOf(ring.idOf(2)), 2);
    assert.equal(ring.placeOf(ring.idOf(5)), 5);
  });

  it('counts characters, and keeps the newest change however long it is', () => {
    const ring = new FeedRing({ ringEntries: 100, ringCharacters: 100 });
    ring.append(bridgeRemoved(1));
    ring.append(bridgeRemoved(2));
    assert.equal(ring.after(0), 'lost');
    assert.deepEqual(numbersAfter(ring, 1), [2]);
    assert.ok(ring.characters > 100 && ring.characters < 300, `${ring.characters}`);
  });

  it('knows no place of another epoch, of the future, or of what is no id', () => {
    const ring = new FeedRing(LIMITS);
    ring.append(bridgeRemoved(1));
    const before = ring.idOf(1);
    for (const id of [ring.idOf(2), 'x-1', '', '-', ring.epoch, `${ring.epoch}-`, `${ring.epoch}--1`, `${before} `]) {
      assert.equal(ring.placeOf(id), undefined, id);
    }
    assert.equal(ring.placeOf(before), 1);
    ring.restart();
    assert.equal(ring.placeOf(before), undefined);
    assert.equal(ring.after(0), 'none');
    assert.equal(ring.placeOf(ring.idOf(0)), 0);
  });
});

function numbersAfter(ring: FeedRing, place: number): number[] {
  const numbers: number[] = [];
  for (let entry = ring.after(place); typeof entry === 'object'; entry = ring.after(entry.number)) {
    assert.equal(JSON.parse(entry.text).id, ring.idOf(entry.number));
    numbers.push(bridgeNumber(entry.told));
  }
  return numbers;
}
