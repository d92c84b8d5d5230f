import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '../config.ts';
import { failed, ok, type Check, type Facts } from './check.ts';
import { runChecks } from './run-checks.ts';

const facts = (): Facts => ({ config: readConfig({}), running: undefined });
const check = (id: string, run: Check['run'], more: Partial<Check> = {}): Check => ({ id, title: id, run, ...more });

test('starts independent checks at once, and gives their results in order', async () => {
  const gate = Promise.withResolvers<void>();
  const results = runChecks(
    [
      check('first', () => gate.promise.then(() => ok('one'))),
      check('second', async () => {
        gate.resolve();
        return ok('two');
      }),
    ],
    facts(),
  );
  assert.deepEqual(
    (await Promise.all(results)).map(({ id, found }) => [id, found]),
    [
      ['first', 'one'],
      ['second', 'two'],
    ],
  );
});

test('leaves out what builds on a failure and says which, all the way', async () => {
  const never = (): never => assert.fail('it must not run');
  const results = await Promise.all(
    runChecks(
      [
        check('dns', async () => failed('no', 'do')),
        check('tcp', never, { needs: ['dns'] }),
        check('tls', never, { needs: ['tcp'] }),
        check('note', async () => ok('runs'), { after: ['dns'] }),
      ],
      facts(),
    ),
  );
  assert.deepEqual(
    results.map(({ status, found }) => [status, found]),
    [
      ['failed', 'no'],
      ['skipped', 'not checked: first see "dns"'],
      ['skipped', 'not checked: first see "tcp"'],
      ['ok', 'runs'],
    ],
  );
});

test('ends a check that hangs, and one that throws, with a failure that says what to do', async () => {
  const results = await Promise.all(
    runChecks(
      [
        check('hangs', () => new Promise(() => {}), { timeoutMs: 1 }),
        check('throws', () => Promise.reject(new Error('out of order'))),
      ],
      facts(),
    ),
  );
  assert.deepEqual(
    results.map(({ status, found }) => [status, found]),
    [
      ['failed', 'not done in time'],
      ['failed', 'out of order'],
    ],
  );
  for (const { advice } of results) assert.ok(advice);
});

test('hands what a check learns to those after it', async () => {
  const [, second] = runChecks(
    [
      check('first', async (known) => {
        known.relay = 'https://relay.example';
        return ok('');
      }),
      check('second', async ({ relay }) => ok(relay ?? 'nothing'), { needs: ['first'] }),
    ],
    facts(),
  );
  assert.equal((await second)?.found, 'https://relay.example');
});
