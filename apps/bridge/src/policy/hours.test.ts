import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dayAndTime, isOpen, nextChange, parseHours } from './hours.ts';
import { parseMoment } from './moment.ts';

// A place with summer time: begins 2026-03-29 02:00 -> 03:00, ends 2026-10-25 03:00 -> 02:00.
process.env['TZ'] = 'Europe/Berlin';

const at = (text: string): number => Date.parse(text);
const openAt = (hours: string, text: string): boolean => isOpen(parseHours(hours), at(text));

test('reads days, ranges of days, lists of them, and every day', () => {
  const day = (text: string): string =>
    parseHours(text)
      .map(({ start }) => Math.floor(start / 1440))
      .join('');
  assert.equal(day('mon-fri 08:00-18:00'), '12345');
  assert.equal(day('Monday-FRIDAY 08:00-18:00'), '12345');
  assert.equal(day('fri-mon 08:00-18:00'), '5601');
  assert.equal(day('sat,sun 08:00-18:00'), '60');
  assert.equal(day('mon,mon-tue 08:00-18:00'), '12');
  assert.equal(day('08:00-18:00'), '0123456');
  assert.equal(day('daily 08:00-18:00'), '0123456');
  assert.deepEqual(parseHours('sun'), [{ start: 0, end: 1440 }]);
  assert.deepEqual(parseHours('sun 8:00-24:00'), [{ start: 480, end: 1440 }]);
});

/** Hours, times within them, times outside; 2026-11-28 is a Saturday. */
const TIMES: readonly (readonly [hours: string, open: string[], closed: string[]])[] = [
  [
    'mon-fri 08:00-18:00',
    ['2026-11-27T08:00:00+01:00', '2026-11-27T17:59:59+01:00', '2026-07-01T08:00:00+02:00'],
    [
      '2026-11-27T07:59:59+01:00',
      '2026-11-27T18:00:00+01:00',
      '2026-11-28T12:00:00+01:00',
      '2026-07-01T07:30:00+02:00',
    ],
  ],
  [
    'fri 22:00-06:00',
    ['2026-11-27T22:00:00+01:00', '2026-11-28T00:00:00+01:00', '2026-11-28T05:59:59+01:00'],
    [
      '2026-11-27T21:59:59+01:00',
      '2026-11-28T06:00:00+01:00',
      '2026-11-27T05:00:00+01:00',
      '2026-11-28T23:00:00+01:00',
    ],
  ],
  // From the last day of the week into the first.
  ['sat 22:00-06:00', ['2026-11-28T23:00:00+01:00', '2026-11-29T05:00:00+01:00'], ['2026-11-29T06:00:00+01:00']],
  ['22:00-06:00', ['2026-11-25T23:00:00+01:00', '2026-11-25T01:00:00+01:00'], ['2026-11-25T12:00:00+01:00']],
  ['00:00-24:00', ['2026-11-25T00:00:00+01:00', '2026-11-25T23:59:59+01:00'], []],
  // In spring the clock goes from 02:00 to 03:00: half past two is not there.
  ['sun 02:00-03:00', ['2026-03-22T02:30:00+01:00'], ['2026-03-29T01:59:59+01:00', '2026-03-29T03:00:00+02:00']],
  [
    'sun 01:00-04:00',
    ['2026-03-29T01:59:59+01:00', '2026-03-29T03:00:00+02:00', '2026-03-29T03:59:59+02:00'],
    ['2026-03-29T04:00:00+02:00'],
  ],
  // In autumn half past two comes twice, and is within both times.
  [
    'sun 02:00-03:00',
    ['2026-10-25T02:30:00+02:00', '2026-10-25T02:30:00+01:00'],
    ['2026-10-25T01:59:59+02:00', '2026-10-25T03:00:00+01:00'],
  ],
  ['sat 22:00-02:00', ['2026-10-25T01:59:59+02:00'], ['2026-10-25T02:00:00+02:00', '2026-10-25T02:00:00+01:00']],
];

test('goes by the clock on the wall, over midnight, the week and both changes of the clock', () => {
  for (const [hours, open, closed] of TIMES) {
    for (const time of open) assert.ok(openAt(hours, time), `${hours} is open at ${time}`);
    for (const time of closed) assert.ok(!openAt(hours, time), `${hours} is closed at ${time}`);
  }
});

test('no hours are all hours', () => {
  assert.ok(isOpen([], 0));
});

test('finds the next minute at which it changes, also where the clock does', () => {
  const next = (hours: string, time: string): string | undefined => {
    const found = nextChange(parseHours(hours), at(time));
    return found === undefined ? undefined : new Date(found).toISOString();
  };
  assert.equal(next('mon-fri 08:00-18:00', '2026-11-27T12:34:56+01:00'), '2026-11-27T17:00:00.000Z');
  assert.equal(next('mon-fri 08:00-18:00', '2026-11-27T18:00:00+01:00'), '2026-11-30T07:00:00.000Z');
  assert.equal(next('sun 02:30-05:00', '2026-03-29T00:00:00+01:00'), '2026-03-29T01:00:00.000Z'); // 03:00, the first that is there
  assert.equal(next('sun 02:00-03:00', '2026-10-25T02:30:00+02:00'), '2026-10-25T02:00:00.000Z'); // both of them
  assert.equal(next('sun 02:00-03:00', '2026-03-29T00:00:00+01:00'), '2026-04-05T00:00:00.000Z'); // not there this week
  assert.equal(next('daily', '2026-11-27T12:00:00+01:00'), undefined);
  assert.equal(dayAndTime(at('2026-11-30T07:00:00Z')), 'Mon 08:00');
});

test('reads a point in time as a person types it', () => {
  const now = at('2026-11-28T12:00:00+01:00');
  const read = (text: string): string | undefined => {
    const time = parseMoment(text, now);
    return time === undefined ? undefined : new Date(time).toISOString();
  };
  assert.equal(read('22:00'), '2026-11-28T21:00:00.000Z');
  assert.equal(read('sat 9:05'), '2026-11-28T08:05:00.000Z');
  assert.equal(read('Friday 09:00'), '2026-12-04T08:00:00.000Z');
  assert.equal(read('2026-07-01 09:00'), '2026-07-01T07:00:00.000Z');
  assert.equal(read('2026-07-01T09:00'), '2026-07-01T07:00:00.000Z');
  for (const wrong of ['', '24:00', '9', 'xyz 09:00', '2026-02-30 09:00', '2026-13-01 09:00', '09:60', 'now'])
    assert.equal(read(wrong), undefined, wrong);
});
