import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { SENTENCE } from '../dev/engine/write-model.ts';
import { assertNoSecrets } from './support/assert-no-secrets.ts';
import { type Said, secretLife } from './support/secret-life.ts';
import { TestStack } from './support/test-stack.ts';

const PROMPT = `canary-prompt-${crypto.randomUUID()}`;
const WRONG_PASSWORD = `canary-password-${crypto.randomUUID()}`;
/** Looked up by themselves for the ten minutes of their life. */
const SHORT_LIVED: ReadonlySet<string> = new Set(['the user code', 'the device code']);
const COOKIE = `canary-cookie-${crypto.randomUUID()}`;

describe('the logs, figures, errors and audit entries of a whole run', () => {
  let stack: TestStack;
  /** Error answers, by what caused them. */
  const answers: Record<string, string> = {};
  /** What programs and people authenticate with. */
  const credentials: Record<string, string | undefined> = { 'a wrong password': WRONG_PASSWORD, 'a cookie': COOKIE };

  function keep(name: string, { status, text }: Said, expected: number): void {
    assert.equal(status, expected, name);
    answers[`the answer to ${name}`] = text;
  }

  before(async () => {
    stack = await TestStack.start({
      engineArgs: ['--with-broken-model'],
      relayEnv: { LOG_LEVEL: 'trace', METRICS_PORT: '0', METRICS_PUBLIC: 'true' },
    });
    credentials['the access token'] = stack.tokens.accessToken;
    credentials['the refresh token'] = stack.tokens.refreshToken;
    credentials['the local password'] = stack.stack.account?.password;
  });
  after(() => stack[Symbol.asyncDispose]());

  it('a person signs in, mistypes the password, refreshes, and begins to connect a bridge', async () => {
    const life = secretLife(stack);
    const { tokens, code } = await life.signIn(WRONG_PASSWORD, stack.stack.account?.password ?? '');
    for (const [index, issued] of tokens.entries()) {
      credentials[`access token ${index}`] = issued.access_token;
      credentials[`refresh token ${index}`] = issued.refresh_token;
      credentials[`id token ${index}`] = issued.id_token;
    }
    credentials['the authorization code'] = code;
    const { userCode, deviceCode, answers: polled } = await life.startDeviceFlow();
    credentials['the user code'] = userCode;
    credentials['the device code'] = deviceCode;
    for (const said of polled) keep('a poll before the person has confirmed', said, 400);
  });

  it('a person chats, with models that answer, fail and do not exist', async () => {
    for (const [model, ended] of [
      ['tiny-demo', 'complete'],
      ['tiny-demo-broken', 'error'],
      [`no-such-model`, 'error'],
    ] as const) {
      const conversation = await stack.client.conversations.create({ model, title: PROMPT, systemPrompt: PROMPT });
      let last = '';
      let said = '';
      for await (const event of stack.client.messages.send(conversation.id, `${PROMPT}?`)) {
        last = event.type;
        if (event.type === 'chunk') said += event.content;
      }
      assert.equal(last, ended, model);
      if (model === 'tiny-demo') assert.equal(said, SENTENCE);
    }
  });

  it('programs come with keys and tokens, good ones and bad ones', async () => {
    const life = secretLife(stack);
    const created = await life.post('/api/keys', { name: 'a program', scopes: ['inference'] });
    assert.equal(created.status, 200, created.text);
    const { secret } = JSON.parse(created.text) as { secret: string };
    credentials['an API key'] = secret;
    const chat = { model: 'tiny-demo', messages: [{ role: 'user', content: PROMPT }], stream: false };
    const key = { authorization: `Bearer ${secret}` };
    const answered = await life.post(`/ollama/api/chat?q=${PROMPT}`, chat, key);
    assert.equal(answered.status, 200);
    assert.ok(answered.text.includes(SENTENCE));
    keep('a key in the path', await life.send(`/api/keys/${secret}`, { headers: key }), 405);
    keep('a key without the right', await life.send('/api/chat/conversations', { headers: key }), 403);

    const registered = await life.post('/api/bridge/register', {
      clientId: 'third-party',
      platform: 'linux',
      version: '1.0.0',
      capabilities: ['ollama'],
    });
    const { sessionToken, bridgeId } = JSON.parse(registered.text) as { sessionToken: string; bridgeId: string };
    credentials['a session token'] = sessionToken;
    const forged = `${stack.tokens.accessToken.slice(0, -8)}AAAAAAAA`;
    const path = `/api/bridge/${bridgeId}/status`;
    for (const [name, token] of Object.entries({
      'a forged token': forged,
      'a key never made': `c2l_${'x'.repeat(43)}`,
    })) {
      const headers = { authorization: `Bearer ${token}`, cookie: `_session=${COOKIE}` };
      keep(name, await life.send(path, { headers }), 401);
      keep(`a socket with ${name}`, await life.refusedSocket(bridgeId, token), 401);
    }
    keep('a session token where none counts', await life.post('/api/bridge/register', {}, bearer(sessionToken)), 401);
    keep('an access token for a socket', await life.refusedSocket(bridgeId, stack.tokens.accessToken), 401);
  });

  it('somebody sends what makes no sense', async () => {
    const life = secretLife(stack);
    const conversations = '/api/chat/conversations';
    keep('malformed JSON', await life.post(conversations, `{"model": "${PROMPT}`), 400);
    keep('wrong types', await life.post(conversations, { model: 7, systemPrompt: [PROMPT], [PROMPT]: PROMPT }), 400);
    keep('too much', await life.post(conversations, { model: PROMPT.repeat(60_000) }), 413);
    keep('a wrong content type', await life.post(conversations, PROMPT, { 'content-type': 'text/html' }), 415);
    keep('no route', await life.send(`/api/nothing?prompt=${PROMPT}`, { headers: stack.authorization }), 404);
    keep('a wrong method', await life.send('/api/health', { method: 'DELETE', body: PROMPT }), 405);
    keep('a denied path', await life.post(`/ollama/api/pull?x=${PROMPT}`, { model: PROMPT }), 403);
    keep(
      'a broken engine',
      await life.post('/ollama/api/chat', `{"model": "tiny-demo", "messages": "${PROMPT}"}`),
      400,
    );
    answers['the answer to no HTTP'] = await life.sendBytes(`${PROMPT}\r\nauthorization: ${COOKIE}\r\n\r\n`);
    answers['the answer to huge headers'] = await life.sendBytes(
      `GET / HTTP/1.1\r\nHost: localhost\r\nCookie: ${COOKIE.repeat(2_000)}\r\n\r\n`,
    );
    assert.match(answers['the answer to huge headers'], /^HTTP\/1\.1 431/);
  });

  it('hold no token, no password, and nothing of what was asked and answered', async () => {
    const { 'relay.log': relayLog = '' } = await stack.logs();
    const [, metricsUrl] = /"url":"(http:[^"]+\/metrics)"/.exec(relayLog) ?? [];
    const metrics = await (await fetch(metricsUrl ?? assert.fail('the log does not say where the metrics are'))).text();
    assert.match(metrics, /^relay_generations_ended_total\{outcome="complete"\} 1$/m);

    await stack.stack[Symbol.asyncDispose]();
    const logs = await stack.logs();
    assert.ok(logs['relay.log']?.includes('"path":"/api/bridge/register"'), 'the log is written');
    assert.ok(logs['bridge/bridge.log']?.includes('"message":"online: '), 'and that of the bridge');
    const audit = auditRows(join(stack.stack.dataDir, 'relay.db'));
    assert.ok(audit.includes('signed_in') && audit.includes('key_created'), audit);

    const texts = { ...logs, ...answers, '/metrics': metrics, 'the audit log': audit };
    const said = { 'the prompt': PROMPT, 'the answer': SENTENCE, 'its beginning': SENTENCE.slice(0, 20) };
    assertNoSecrets(texts, { ...credentials, ...said });
  });

  it('the database holds no more than their hashes', async () => {
    const folder = stack.stack.dataDir;
    const files = (await readdir(folder)).filter((file) => file.startsWith('relay.db'));
    assert.ok(files.includes('relay.db'));
    for (const file of files) {
      const bytes = await readFile(join(folder, file), 'latin1');
      for (const [name, secret = ''] of Object.entries(credentials)) {
        if (SHORT_LIVED.has(name)) continue;
        assert.ok(!bytes.includes(secret), `${name} is in ${file}`);
      }
    }
  });
});

it('a secret that was planted is found, in every form, and not quoted', () => {
  const secret = 'canary "secret" 1234';
  for (const planted of [secret, JSON.stringify({ secret }), `/path?${encodeURIComponent(secret)}`]) {
    const texts = { 'clean.log': 'nothing\n', 'dirty.log': `fine\nagain ${planted}\n` };
    assert.throws(
      () => assertNoSecrets(texts, { 'the canary': secret }),
      (error: Error) => /the canary in line 2 of dirty\.log/.test(error.message) && !error.message.includes('1234'),
    );
  }
  for (const look of ['eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln', `c2l_${'x'.repeat(43)}`]) {
    assert.throws(() => assertNoSecrets({ log: `token ${look}` }, {}), /an API key|a JWT/);
  }
  assert.throws(() => assertNoSecrets({}, { empty: '' }), /too short/);
  assertNoSecrets({ log: '[redacted] c2l.v1 c2l-e2e-1' }, { absent: undefined });
});

function bearer(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` };
}

function auditRows(path: string): string {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const rows = database.prepare('select * from audit_events').all();
    return rows.map((row) => JSON.stringify(row)).join('\n');
  } finally {
    database.close();
  }
}
