import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FlightLimit } from './flight-limit.ts';
import { LINK_LIMITS } from './limits.ts';

/** Sends one message after another, each acknowledged after `delay` ms, with the limit reached each time. */
function run(flight: FlightLimit, delay: number, messages: number, from = 0): number {
  let now = from;
  for (let count = 1; count <= messages; count++) {
    flight.sent(count, LINK_LIMITS.ackBytes, now);
    flight.reached();
    now += delay;
    flight.acknowledged(count, now);
  }
  return now;
}

describe('flight limit', () => {
  it('grows up to the cap while acknowledgements are prompt', () => {
    const flight = new FlightLimit();
    run(flight, 5, 100);
    assert.equal(flight.bytes, LINK_LIMITS.unackedBytes);
  });

  it('shrinks while they queue, but leaves enough to keep a path busy', () => {
    const flight = new FlightLimit();
    run(flight, 20, 10);
    run(flight, 500, 100, 10_000);
    assert.equal(flight.bytes, 2 * LINK_LIMITS.ackBytes);
  });

  it('takes a long path for what it is', () => {
    const flight = new FlightLimit();
    run(flight, 300, 100);
    assert.equal(flight.bytes, LINK_LIMITS.unackedBytes);
  });

  it('does not grow when it held nothing back', () => {
    const flight = new FlightLimit();
    const before = flight.bytes;
    flight.sent(1, LINK_LIMITS.ackBytes, 0);
    flight.acknowledged(1, 5);
    assert.equal(flight.bytes, before);
  });
});
