import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LinkBudget } from './budget.ts';

const small = { processUnackedBytes: 100, windowPoolBytes: 100 };

describe('link budget', () => {
  it('is exhausted at its limit and free below it', () => {
    const budget = new LinkBudget(small);
    budget.keep(99);
    assert.equal(budget.exhausted, false);
    budget.keep(1);
    assert.equal(budget.exhausted, true);
    budget.release(1);
    assert.equal(budget.exhausted, false);
  });

  it('wakes everybody once, when bytes are free again and not before', () => {
    const budget = new LinkBudget(small);
    const woken: string[] = [];
    budget.keep(150);
    const first = (): void => void woken.push('first');
    budget.whenFree(first);
    budget.whenFree(first);
    budget.whenFree(() => woken.push('second'));
    budget.release(50);
    assert.deepEqual(woken, []);
    budget.release(1);
    budget.release(1);
    assert.deepEqual(woken, ['first', 'second']);
  });

  it('lets one who is woken wait again', () => {
    const budget = new LinkBudget(small);
    let woken = 0;
    budget.keep(100);
    budget.whenFree(function again() {
      woken++;
      budget.keep(100);
      budget.whenFree(again);
    });
    budget.release(100);
    assert.equal(woken, 1);
    budget.release(100);
    assert.equal(woken, 2);
  });

  it('does not wake one who has gone', () => {
    const budget = new LinkBudget(small);
    budget.keep(100);
    let woken = 0;
    const wake = (): void => void woken++;
    budget.whenFree(wake);
    budget.forget(wake);
    budget.release(100);
    assert.equal(woken, 0);
  });

  it('gives credit up to the pool, whole or not at all', () => {
    const budget = new LinkBudget(small);
    assert.equal(budget.takeWindow(60), true);
    assert.equal(budget.takeWindow(41), false);
    assert.equal(budget.takeWindow(40), true);
    assert.equal(budget.takeWindow(1), false);
    budget.returnWindow(60);
    assert.equal(budget.takeWindow(60), true);
  });
});
