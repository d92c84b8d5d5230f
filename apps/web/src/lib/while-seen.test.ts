import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { whileSeen } from './while-seen.ts';

function setUp(t: TestContext, hidden = false) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const heard: string[] = [];
  const page = Object.assign(new EventTarget(), { hidden });
  const begin = () => {
    heard.push('begun');
    return () => void heard.push('left');
  };
  const end = whileSeen(begin, page, 5_000);
  const show = (shown: boolean): void => {
    page.hidden = !shown;
    page.dispatchEvent(new Event('visibilitychange'));
  };
  return { heard, end, show };
}

test('what is done while the page is seen is left when it is hidden for a while, and begun again when it is seen', (t) => {
  const { heard, end, show } = setUp(t);
  show(false);
  t.mock.timers.tick(4_999);
  assert.deepEqual(heard, ['begun']);
  t.mock.timers.tick(1);
  assert.deepEqual(heard, ['begun', 'left']);
  show(true);
  assert.deepEqual(heard, ['begun', 'left', 'begun']);
  end();
  show(false);
  show(true);
  t.mock.timers.tick(10_000);
  assert.deepEqual(heard, ['begun', 'left', 'begun', 'left']);
});

test('a glance at another tab changes nothing', (t) => {
  const { heard, end, show } = setUp(t);
  show(false);
  show(true);
  t.mock.timers.tick(10_000);
  assert.deepEqual(heard, ['begun']);
  end();
  assert.deepEqual(heard, ['begun', 'left']);
});

test('a page that was opened in the background is left, too', (t) => {
  const { heard, end } = setUp(t, true);
  t.mock.timers.tick(5_000);
  assert.deepEqual(heard, ['begun', 'left']);
  end();
  assert.deepEqual(heard, ['begun', 'left']);
});
