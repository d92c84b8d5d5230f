import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { BridgeError } from '../bridge-error.ts';
import { defaultPolicy } from '../policy.ts';
import { BridgeLog, LOG_FILES, type BridgeLogOptions } from './bridge-log.ts';
import { followLog } from './follow-log.ts';
import { readEntry } from './log-entry.ts';
import { loggedPolicy } from './logged-policy.ts';
import { StateLog } from './state-log.ts';

describe("the bridge's log", () => {
  let directory = '';
  let now = 0;
  let troubles: string[];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bridge-log-'));
    now = Date.parse('2026-05-01T08:00:00Z');
    troubles = [];
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  function open(options: Partial<BridgeLogOptions> = {}): BridgeLog {
    return new BridgeLog({ directory, now: () => now, trouble: ({ message }) => troubles.push(message), ...options });
  }
  const read = (file = 'bridge.log'): Promise<string> => readFile(join(directory, 'logs', file), 'utf8');
  async function messages(file?: string): Promise<string[]> {
    const lines = (await read(file)).trimEnd().split('\n');
    return lines.map((line) => readEntry(line)?.message ?? assert.fail(`no entry: ${line}`));
  }

  it('has a JSON object a line, for its owner alone', async () => {
    {
      await using log = open();
      log.info('online: 2 models');
      log.limited('state', 'warn', 'offline');
    }
    assert.equal(
      await read(),
      '{"time":"2026-05-01T08:00:00.000Z","level":"info","message":"online: 2 models"}\n' +
        '{"time":"2026-05-01T08:00:00.000Z","level":"warn","message":"offline"}\n',
    );
    assert.equal((await stat(join(directory, 'logs'))).mode & 0o777, 0o700);
    assert.equal((await stat(join(directory, 'logs', 'bridge.log'))).mode & 0o777, 0o600);
    await using again = open();
    again.info('appended');
    await again[Symbol.asyncDispose]();
    assert.equal((await messages()).length, 3);
  });

  it('is rotated by size, and keeps so many files and no more', async () => {
    {
      await using log = open({ fileSize: '1K' });
      for (let line = 0; line < 200; line++) log.info(`line ${line}`);
    }
    const files = (await readdir(join(directory, 'logs'))).toSorted();
    assert.equal(files.length, LOG_FILES);
    assert.deepEqual(files, ['bridge.log', 'bridge.log.1', 'bridge.log.2', 'bridge.log.3', 'bridge.log.4']);
    for (const file of files) assert.ok((await stat(join(directory, 'logs', file))).size < 1200, file);
    assert.equal((await messages('bridge.log.1')).at(-1)?.startsWith('line 1'), true);
  });

  it('is followed through its own rotations', async () => {
    const seen: string[] = [];
    const stop = new AbortController();
    let written = 0;
    /** Between two looks: 5 lines, of which 11 fill a file. */
    const pause = async (): Promise<void> => {
      if (written === 200) return stop.abort();
      await using log = open({ fileSize: '1K' });
      for (let line = 0; line < 5; line++) log.info(`line ${written++}`);
    };
    const follow = followLog(undefined, { directory, filter: {}, pause, signal: stop.signal });
    for await (const { message } of follow) seen.push(message);
    assert.deepEqual(
      seen,
      Array.from({ length: 200 }, (_, line) => `line ${line}`),
    );
    assert.equal((await readdir(join(directory, 'logs'))).length, LOG_FILES);
  });

  it('loses lines while its folder can not be written, says so once, and goes on when it can', async () => {
    await writeFile(join(directory, 'logs'), 'a file in its place');
    await using log = open();
    log.info('lost');
    log.info('lost as well');
    now += 61_000;
    log.info('lost, too');
    assert.equal(troubles.length, 1);
    await rm(join(directory, 'logs'));
    log.info('not tried yet');
    now += 61_000;
    log.info('written');
    await log[Symbol.asyncDispose]();
    assert.deepEqual(await messages(), ['written']);
  });

  it('survives a file that can not be written, and tells it', async () => {
    await mkdir(join(directory, 'logs', 'bridge.log'), { recursive: true });
    const told = Promise.withResolvers<void>();
    await using log = open({ trouble: () => told.resolve() });
    log.info('lost');
    await told.promise;
    log.info('lost as well');
  });

  it('holds no secret, whoever wrote it into a message', async () => {
    const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl';
    const secrets = [jwt, `c2l_${'x'.repeat(43)}`, `c2p_${'y'.repeat(43)}`];
    {
      await using log = open();
      for (const secret of secrets) log.error('failed', new TypeError(`with ${secret}`));
      log.info(`Bearer ${'z'.repeat(30)}`);
      log.info('the proxy http://anna:hunter2@proxy.example:3128 refuses');
    }
    const text = await read();
    for (const secret of [...secrets, 'z'.repeat(30), 'hunter2', 'anna']) assert.ok(!text.includes(secret), text);
    assert.equal(text.split('[redacted]').length, 6);
    assert.ok(text.includes('proxy.example:3128'));
  });

  it('holds no secret either where a long message is cut off', async () => {
    {
      await using log = open();
      log.info(`${'x'.repeat(3_985)} http://anna:hunter2@proxy.example:3128 refuses`);
    }
    const text = await read();
    assert.doesNotMatch(text, /anna|hunter/);
    assert.match(text, /x http:\/\/\[re/);
  });

  it('tells where an error comes from, not what was in the text that could not be read', async () => {
    const thrown = (() => {
      try {
        JSON.parse('{"prompt": canary');
      } catch (error) {
        return new Error('canary, too', { cause: error });
      }
      return assert.fail('it is no JSON');
    })();
    {
      await using log = open();
      log.error('a fault', thrown);
      log.error('ended', new BridgeError('removed', 'This computer was removed.'));
      log.error('odd', 'canary');
    }
    assert.ok(!(await read()).includes('canary'), await read());
    const [first = '', second, third] = await messages();
    assert.match(first, /^a fault: Error\n\s+at .*bridge-log\.test\.ts[^]*\ncaused by SyntaxError\n\s+at /);
    assert.deepEqual([second, third], ['ended: This computer was removed.', 'odd: a thrown string']);
  });

  it('has a crash at once', async () => {
    open().crash(new RangeError('too deep'));
    assert.match((await messages())[0] ?? '', /^The bridge crashed: RangeError: too deep\n/);
  });

  it('is not flooded by what a relay asks: the rest of a minute is counted', async () => {
    {
      await using log = open();
      const policy = loggedPolicy(defaultPolicy(), log);
      assert.equal(policy.check('GET', '/api/tags').allowed, true);
      for (let request = 0; request < 100; request++) policy.check('POST', '/api/pull?canary=1');
      now += 60_000;
      policy.check('GET', '/%00/canary');
    }
    const all = await messages();
    assert.equal(all.length, 62);
    assert.match(all[0] ?? '', /^Refused a request: POST \/api\/pull is not allowed/);
    assert.equal(all[60], '40 more lines like the following were left out');
    assert.ok(!all.join('\n').includes('canary'));
  });

  it('says a relay that is away once for each reason', async () => {
    {
      await using log = open();
      const states = new StateLog(log);
      states.changed('connecting', 'https://relay.example');
      for (let attempt = 0; attempt < 5; attempt++) {
        states.changed('offline', 'no route');
        states.changed('connecting', 'https://relay.example');
      }
      states.changed('offline', 'refused');
      states.changed('connecting', 'https://relay.example');
      states.changed('online', '1 model');
    }
    assert.deepEqual(await messages(), [
      'connecting: https://relay.example',
      'offline: no route',
      'offline: refused',
      'online: 1 model',
    ]);
  });
});
