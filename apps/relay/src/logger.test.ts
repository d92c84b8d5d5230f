import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger, loggedPath } from './logger.ts';

const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl-_';
const KEY = `c2l_${'Ab1-_'.repeat(8)}`;

/** What the log says, as text. */
function logged(write: (log: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  write(createLogger({ logLevel: 'trace' }, { write: (line: string) => void lines.push(line) }));
  for (const line of lines) JSON.parse(line); // it stays JSON whatever was taken out
  return lines.join('');
}

test('no value whose name is that of a secret is logged, however deep it is', () => {
  const secrets = { authorization: 'canary', 'set-cookie': ['a=canary]', 'b="canary"'], refresh_token: 'canary' };
  const text = logged((log) => {
    log.info(secrets, 'flat');
    log.info({ a: { b: { c: { d: { ...secrets, password: 'with a "quote", canary' } } } } }, 'deep');
    log.child({ sessionToken: 'canary' }).warn('of a child');
    log.error(
      { err: Object.assign(new Error('failed'), { headers: { Cookie: 'canary' }, secret: 'canary' }) },
      'error',
    );
    log.info({ list: [{ user_code: 'canary' }], USER_CODE: 'canary' }, 'lists');
  });
  assert.doesNotMatch(text, /canary/);
  assert.equal(text.match(/\[redacted\]/g)?.length, 12);
});

test('nothing that looks like a token or a key is logged, wherever it stands', () => {
  const text = logged((log) => {
    log.error({ err: new Error(`cannot verify ${JWT}`, { cause: new Error(`of ${KEY}`) }) }, `with ${KEY}`);
    log.info({ path: `/api/keys/${KEY}`, names: [`bearer.${JWT}`] }, `Authorization: Bearer ${'opaque'.repeat(4)}`);
  });
  assert.doesNotMatch(text, /eyJ|c2l_|opaque/);
  assert.match(text, /cannot verify \[redacted\]/);
});

test('what is no secret stays', () => {
  const text = logged((log) =>
    log.info({ code: 'bridge_offline', tokens: 7, note: '"token": of "password"' }, 'Failed'),
  );
  assert.match(text, /"code":"bridge_offline","tokens":7,"note":"\\"token\\": of \\"password\\""/);
  assert.doesNotMatch(text, /redacted/);
});

test('a logged path has no query, no token, an end, and nothing that a terminal obeys', () => {
  assert.equal(loggedPath('/api/me?code=canary'), '/api/me');
  assert.equal(loggedPath(`/api/keys/${KEY}/x`), '/api/keys/[redacted]/x');
  assert.equal(loggedPath(`/${'x'.repeat(5_000)}`).length, 203);
  assert.doesNotMatch(loggedPath(`/${'x'.repeat(180)}/${JWT}`), /eyJ/);
  assert.equal(loggedPath('/a\u001b[2J\u009b2J'), '/a?[2J?2J');
});

// Quadratic work would take minutes.
test('a long text of an attacker does not hold the log up', { timeout: 60_000 }, () => {
  const hostile = [
    'eyJ'.repeat(400_000),
    '"token":"'.repeat(150_000),
    'c2l_'.repeat(300_000),
    'bearer '.repeat(200_000),
  ];
  const lines = logged((log) => {
    for (const text of hostile) log.info({ text, token: text });
  });
  assert.equal(lines.trim().split('\n').length, hostile.length);
});
