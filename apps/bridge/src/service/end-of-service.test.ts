import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { BridgeError } from '../bridge-error.ts';
import { endOfService, type EndOptions } from './end-of-service.ts';

describe('the end of a service that failed', () => {
  let directory = '';
  let pauses: number[];
  let now = 0;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'end-of-service-'));
    pauses = [];
    now = Date.parse('2026-05-01T08:00Z');
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const fail = (error: unknown, options: Partial<EndOptions> = {}): Promise<void> =>
    endOfService(error, {
      directory,
      platform: 'linux',
      signal: new AbortController().signal,
      now,
      pause: async (milliseconds) => void pauses.push(milliseconds),
      ...options,
    });

  it('waits longer each time, up to five minutes, and begins anew after a while', async () => {
    const error = new Error('a fault');
    for (let time = 0; time < 10; time++) await assert.rejects(fail(error), error);
    assert.deepEqual(
      pauses.splice(0),
      [2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((seconds) => seconds * 1000),
    );
    now += 30 * 60_000;
    await assert.rejects(fail(error), error);
    await writeFile(join(directory, 'service-failures.json'), '{"count":-1}');
    await assert.rejects(fail(error), error);
    assert.deepEqual(pauses, [2000, 2000]);
  });

  it('ends at once when no restart would mend it, and well where the manager knows no exit codes', async () => {
    const error = new BridgeError('replaced', 'another one took over');
    await assert.rejects(fail(error), error);
    await fail(error, { platform: 'darwin' });
    assert.deepEqual(pauses, []);
    await assert.rejects(fail(new BridgeError('failed', 'x'), { platform: 'darwin' }));
    assert.equal(pauses.length, 1);
  });

  it('ends well when it is stopped while it waits', async () => {
    const stop = new AbortController();
    const ended = fail(new Error('a fault'), { signal: stop.signal, pause: async () => stop.abort() });
    await ended;
  });

  it('needs no folder that can be written', async () => {
    await assert.rejects(fail(new Error('a fault'), { directory: join(directory, 'nowhere') }), /a fault/);
    assert.deepEqual(pauses, [2000]);
  });
});
