import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Heartbeat, type Pulse } from './heartbeat.ts';

/** A socket that was last heard at `heardAt` and notes what is done to it. */
class Patient implements Pulse {
  heardAt: number;
  pings = 0;
  deaths = 0;
  constructor(heardAt = 0) {
    this.heardAt = heardAt;
  }
  ping(): void {
    this.pings++;
  }
  dead(): void {
    this.deaths++;
  }
}

/** As many ticks as there are slices: everybody is looked at once. */
function round(heartbeat: Heartbeat, now: number): void {
  for (let tick = 0; tick < 20; tick++) heartbeat.beat(now);
}

describe('heartbeat', () => {
  // Far longer than a test: its own timer never fires.
  const times = { pingMs: 1_000_000, pongMs: 500_000 };

  it('leaves one alone that was heard, pings a silent one, gives a dead one up', () => {
    using heartbeat = new Heartbeat(times);
    const patient = new Patient();
    heartbeat.add(patient);
    round(heartbeat, 999_999);
    assert.deepEqual([patient.pings, patient.deaths], [0, 0]);
    round(heartbeat, 1_400_000);
    assert.deepEqual([patient.pings, patient.deaths], [1, 0]);
    round(heartbeat, 1_900_000);
    assert.deepEqual([patient.pings, patient.deaths], [1, 1]);
  });

  it('starts anew with every sign of life', () => {
    using heartbeat = new Heartbeat(times);
    const patient = new Patient();
    heartbeat.add(patient);
    round(heartbeat, 1_400_000);
    patient.heardAt = 1_400_001;
    round(heartbeat, 2_400_000);
    assert.deepEqual([patient.pings, patient.deaths], [1, 0]);
  });

  it('looks at each once a round, a few per tick', () => {
    using heartbeat = new Heartbeat(times);
    const patients = Array.from({ length: 1000 }, () => new Patient());
    for (const patient of patients) heartbeat.add(patient);
    for (let tick = 1; tick <= 20; tick++) {
      heartbeat.beat(1_000_000);
      assert.equal(patients.filter(({ pings }) => pings === 1).length, tick * 50);
    }
    assert.ok(patients.every(({ pings }) => pings === 1));
  });

  it('forgets one that is removed, also by its own end', () => {
    using heartbeat = new Heartbeat(times);
    const removed = new Patient();
    const dying = new Patient();
    dying.dead = () => {
      dying.deaths++;
      heartbeat.remove(dying);
    };
    heartbeat.add(removed);
    heartbeat.add(dying);
    heartbeat.remove(removed);
    heartbeat.remove(removed);
    round(heartbeat, 2_000_000);
    round(heartbeat, 2_500_000);
    round(heartbeat, 3_000_000);
    assert.deepEqual([removed.deaths, dying.deaths], [0, 1]);
  });

  it('pings before it gives up, however late it looks', () => {
    using heartbeat = new Heartbeat(times);
    const patient = new Patient();
    heartbeat.add(patient);
    round(heartbeat, 999_999);
    round(heartbeat, 1_600_000);
    assert.deepEqual([patient.pings, patient.deaths], [1, 0]);
    patient.heardAt = 1_600_001;
    round(heartbeat, 2_100_000);
    assert.deepEqual([patient.pings, patient.deaths], [1, 0]);
  });

  it('gives all up after the computer has slept', () => {
    using heartbeat = new Heartbeat(times);
    const patients = Array.from({ length: 30 }, () => new Patient());
    for (const patient of patients) heartbeat.add(patient);
    round(heartbeat, 1e12);
    round(heartbeat, 1e12 + 500_000);
    assert.ok(patients.every(({ pings, deaths }) => pings === 1 && deaths === 1));
  });

  it('does nothing after it was disposed', () => {
    const heartbeat = new Heartbeat(times);
    const patient = new Patient();
    heartbeat.add(patient);
    heartbeat[Symbol.dispose]();
    round(heartbeat, 1e12);
    assert.equal(patient.deaths, 0);
  });
});
