import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { RelayError } from '../../errors.ts';
import { openDatabase } from '../../storage/database.ts';
import { settingsStore } from '../../storage/settings-store.ts';
import { temporaryFolder } from '../../test-relay.ts';
import { createExternalIssuer, type ExternalIssuer } from './external-issuer.ts';
import { MAX_ANSWER_BYTES } from './external-issuer-fetch.ts';
import { AUDIENCE, TestIssuer } from '../test-issuer.ts';
import { type TokenVerifier, tokenVerifier } from '../token-verifier.ts';

interface Relay {
  issuer: ExternalIssuer;
  tokens: TokenVerifier;
  /** Problems that were logged. */
  warnings: string[];
  /** The same relay, started again. */
  restart(): Promise<Relay>;
  later(ms: number): void;
}

interface Options {
  url?: string;
  jwksUrl?: string;
}

async function startRelay(t: TestContext, at: TestIssuer, { url = at.url, jwksUrl }: Options = {}): Promise<Relay> {
  const path = join(await temporaryFolder(t), 'relay.db');
  let now = 0;
  const start = async (): Promise<Relay> => {
    const database = await openDatabase({ path });
    t.after(() => database[Symbol.asyncDispose]());
    const warnings: string[] = [];
    const lines = new Writable({
      write(line: Buffer, _encoding, done) {
        const { level, problem = '' } = JSON.parse(line.toString()) as { level: number; problem?: string };
        if (level === 40) warnings.push(problem);
        done();
      },
    });
    const settings = settingsStore(database.kysely);
    const issuer = await createExternalIssuer({ url, jwksUrl, settings, log: pino(lines), now: () => now });
    t.after(() => issuer[Symbol.dispose]());
    const tokens = tokenVerifier({ issuer, audience: AUDIENCE });
    return { issuer, tokens, warnings, restart: start, later: (ms) => (now += ms) };
  };
  return start();
}

const code = (expected: string) => (error: unknown) => error instanceof RelayError && error.code === expected;
const DISCOVERY = '/.well-known/openid-configuration';
const KEYS = '/.well-known/jwks.json';

test('discovers the keys and accepts what they sign', async (t) => {
  const at = await TestIssuer.start(t);
  const { tokens, issuer } = await startRelay(t, at);
  const verified = await tokens.verify(await at.token({ name: 'Ann', email: 'a@b.example', email_verified: true }));
  assert.deepEqual(
    [verified.userId, verified.name, verified.email, verified.client],
    ['auth0|1', 'Ann', 'a@b.example', 'web'],
  );
  assert.deepEqual(at.requests, [DISCOVERY, KEYS]);
  assert.equal(await issuer.keyCount(), 1);
});

test('takes the keys from a configured address without discovery', async (t) => {
  const at = await TestIssuer.start(t);
  const { tokens } = await startRelay(t, at, { url: 'https://issuer.example/', jwksUrl: at.jwksUrl });
  await tokens.verify(await at.token({ iss: 'https://issuer.example/' }));
  assert.deepEqual(at.requests, [KEYS]);
});

test('accepts a new key at once and ends the tokens of the old one with it', async (t) => {
  const at = await TestIssuer.start(t);
  const { tokens } = await startRelay(t, at);
  const old = await at.token();
  await tokens.verify(old);
  await at.rotate();
  await tokens.verify(await at.token());
  await assert.rejects(tokens.verify(old), code('unauthorized'));
});

test('forged keys make it ask once in 30 seconds, also while the issuer fails', async (t) => {
  const at = await TestIssuer.start(t);
  const { tokens, later } = await startRelay(t, at);
  const good = await at.token();
  const key = at.keys[0];
  assert.ok(key);
  const forge = () => at.token({}, { ...key, kid: crypto.randomUUID() });
  const burst = async () => {
    at.requests.length = 0;
    const forged = await Promise.all(Array.from({ length: 50 }, forge));
    const answers = await Promise.allSettled(forged.map((token) => tokens.verify(token)));
    assert.ok(answers.every((answer) => answer.status === 'rejected' && code('unauthorized')(answer.reason)));
    return at.requests.length;
  };
  assert.equal(await burst(), 1);
  assert.equal(await burst(), 0);
  at.answers[KEYS] = (response) => void response.writeHead(500).end();
  later(30_000);
  assert.equal(await burst(), 1);
  assert.equal(await burst(), 0);
  later(29_999);
  assert.equal(await burst(), 0);
  await tokens.verify(good);
});

test('a bad token is refused without a question to the issuer', async (t) => {
  const at = await TestIssuer.start(t);
  const { tokens } = await startRelay(t, at);
  at.requests.length = 0;
  const key = { ...at.keys[0]!, kid: 'unknown' }; // started with one
  const past = Math.floor(Date.now() / 1000) - 60;
  const bad = [{ iss: 'https://evil.example/' }, { aud: 'other' }, { exp: past }, { nbf: past + 180 }, { sub: '' }];
  for (const claims of bad) await assert.rejects(tokens.verify(await at.token(claims, key)), code('unauthorized'));
  assert.deepEqual(at.requests, []);
});

test('goes on with the keys it has while the issuer is down, also after a restart', async (t) => {
  const at = await TestIssuer.start(t);
  const first = await startRelay(t, at);
  await at.down();
  await first.issuer.refresh();
  await first.issuer.refresh();
  assert.equal(first.warnings.length, 1, 'it is said once');
  await first.tokens.verify(await at.token());
  const second = await first.restart();
  await second.tokens.verify(await at.token());
  assert.match(second.warnings[0] ?? '', /ECONNREFUSED/);
});

test('answers "try again" while it has never had a key, and asks every two seconds at most', async (t) => {
  const at = await TestIssuer.start(t);
  await at.down();
  const { tokens, later, issuer } = await startRelay(t, at);
  const token = await at.token();
  assert.equal(await issuer.keyCount(), 0);
  await assert.rejects(tokens.verify(token), code('sign_in_unavailable'));
  await at.up();
  await assert.rejects(tokens.verify(token), code('sign_in_unavailable'));
  assert.deepEqual(at.requests, []);
  later(2_000);
  await tokens.verify(token);
  await assert.rejects(tokens.verify('garbage'), code('unauthorized'));
});

test('stops trusting a removed key with the refresh in the background', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const at = await TestIssuer.start(t);
  const { tokens, issuer } = await startRelay(t, at);
  const old = await at.token();
  await tokens.verify(old);
  await at.rotate();
  t.mock.timers.tick(10 * 60 * 1000);
  // One request at a time: this one joins the timer's.
  await issuer.refresh();
  assert.deepEqual(at.requests, [DISCOVERY, KEYS, DISCOVERY, KEYS]);
  await assert.rejects(tokens.verify(old), code('unauthorized'));
});

test('does not use the kept keys of another issuer or another address', async (t) => {
  const at = await TestIssuer.start(t);
  const other = await TestIssuer.start(t);
  const database = await openDatabase({ path: join(await temporaryFolder(t), 'relay.db') });
  t.after(() => database[Symbol.asyncDispose]());
  const settings = settingsStore(database.kysely);
  const parts = { settings, log: pino({ level: 'silent' }) };
  using first = await createExternalIssuer({ ...parts, url: at.url, jwksUrl: undefined });
  assert.equal(await first.keyCount(), 1);
  await other.down();
  using moved = await createExternalIssuer({ ...parts, url: other.url, jwksUrl: undefined });
  assert.equal(await moved.keyCount(), 0);
  using readdressed = await createExternalIssuer({ ...parts, url: at.url, jwksUrl: other.jwksUrl });
  assert.equal(await readdressed.keyCount(), 0);
});

const BAD_ANSWERS: [string, (at: TestIssuer) => Options | void, RegExp][] = [
  [
    'a document of another issuer',
    (at) => void (at.discovery = { issuer: 'https://other.example/' }),
    /another issuer/,
  ],
  ['a missing slash', (at) => ({ url: at.url.replace(/\/$/, '') }), /slash at its end is missing/],
  ['a slash too many', (at) => void (at.discovery = { issuer: at.url.replace(/\/$/, '') }), /slash too many/],
  ['keys at an unsafe address', (at) => void (at.discovery = { jwks_uri: 'http://keys.example/' }), /no https/],
  ['no address of keys', (at) => void (at.discovery = { jwks_uri: undefined }), /jwks_uri/],
  [
    'a redirect',
    (at) => void (at.answers[KEYS] = (response) => void response.writeHead(302, { location: at.url }).end()),
    /a redirect, which is not followed/,
  ],
  [
    'too much',
    (at) => void (at.answers[KEYS] = (response) => void response.end(' '.repeat(MAX_ANSWER_BYTES + 1))),
    /more than 262144 bytes/,
  ],
  ['no JSON', (at) => void (at.answers[KEYS] = (response) => void response.end('<html>')), /a set of keys/],
  ['no keys', (at) => void (at.keys = []), /no key for RS256/],
  [
    'keys for other algorithms',
    (at) => void Object.assign(at.keys[0]?.publicJwk ?? {}, { alg: 'RS512' }),
    /no key for RS256/,
  ],
];
for (const [name, arrange, problem] of BAD_ANSWERS) {
  test(`says what is wrong with the issuer: ${name}`, async (t) => {
    const at = await TestIssuer.start(t);
    const token = await at.token();
    const { warnings, tokens } = await startRelay(t, at, arrange(at) ?? {});
    assert.match(warnings.join(), problem);
    await assert.rejects(tokens.verify(token), (error: unknown) => error instanceof RelayError);
  });
}

test('names the origins that the web app calls', async (t) => {
  const at = await TestIssuer.start(t);
  at.discovery = { token_endpoint: 'https://tokens.example/x', revocation_endpoint: 'http://unsafe.example/' };
  const { issuer } = await startRelay(t, at);
  assert.deepEqual(issuer.origins, [new URL(at.url).origin, 'https://tokens.example']);
});
