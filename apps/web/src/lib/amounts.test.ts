import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  agoWords,
  bytesWords,
  durationWords,
  fromNowWords,
  millisecondsWords,
  numberWords,
  shareWords,
} from './amounts.ts';

/** Intl puts spaces that don't break between a number and its unit. */
const plain = (text: string): string => text.replaceAll(/[\u00A0\u202F]/g, ' ');

describe('amounts in words', () => {
  it('says bytes in the unit that fits', () => {
    assert.deepEqual(
      [0, 900, 1536, 48 * 1024 ** 2, 3 * 1024 ** 4].map((bytes) => plain(bytesWords(bytes, 'en'))),
      ['0 bytes', '900 bytes', '1.5 kB', '48 MB', '3 TB'],
    );
  });

  it('says a duration in its two largest units', () => {
    assert.deepEqual(
      [0, 59, 60, 4830, 90_000, 86_403].map((seconds) => durationWords(seconds, 'en')),
      ['0 seconds', '59 seconds', '1 minute', '1 hour, 20 minutes', '1 day, 1 hour', '1 day'],
    );
    assert.equal(durationWords(7200, 'de'), '2 Stunden');
  });

  it('says how far a moment is from now', () => {
    const hour = 3_600_000;
    assert.deepEqual(
      [-50 * hour, -hour, -5000, 5000, 3 * hour - 5000, 20 * hour, 90 * 24 * hour - 5000].map((time) =>
        fromNowWords(time, 0, 'en'),
      ),
      ['2 days ago', '1 hour ago', 'now', 'in 1 minute', 'in 3 hours', 'in 20 hours', 'in 90 days'],
    );
    assert.equal(fromNowWords(-24 * hour, 0, 'de'), 'gestern');
  });

  it('never says of what has been that it is to come', () => {
    assert.equal(agoWords(30_000, 0, 'en'), 'now');
    assert.equal(agoWords(-120_000, 0, 'en'), '2 minutes ago');
  });

  it('rounds what nobody reads', () => {
    assert.equal(numberWords(1234.56, 'en'), '1,235');
    assert.equal(numberWords(0.126, 'en'), '0.13');
    assert.equal(plain(millisecondsWords(2449, 'en')), '2.4 sec');
    assert.equal(plain(millisecondsWords(119.6, 'en')), '120 ms');
    assert.equal(plain(shareWords(0.021, 'de')), '2,1 %');
  });
});
