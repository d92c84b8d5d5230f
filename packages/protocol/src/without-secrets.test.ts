import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutSecrets } from './without-secrets.ts';

const RANDOM = 'Ab1-_'.repeat(8);
const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl-_';
const HIDDEN = '[redacted]';

/** Each kind of secret: a text, and what is left of it. */
const SECRETS: Readonly<Record<string, readonly (readonly [text: string, left: string])[]>> = {
  'a JWT': [
    [`got ${JWT} now`, `got ${HIDDEN} now`],
    ['cut off: eyJhbGciOiJSUzI1NiJ9', `cut off: ${HIDDEN}`],
    ['encrypted: eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.dGFn', `encrypted: ${HIDDEN}`],
  ],
  'an API key of ours, or the token of a proxy': [
    [`c2l_${RANDOM} and c2p_${RANDOM}`, `${HIDDEN} and ${HIDDEN}`],
    [`/api/keys/c2l_${RANDOM}/x`, `/api/keys/${HIDDEN}/x`],
    ['c2l_abcdef012345', HIDDEN],
  ],
  "an API key of somebody else's": [
    ['OPENAI sk-abcdef0123456789', `OPENAI ${HIDDEN}`],
    [`sk-proj-${RANDOM} sk-ant-${RANDOM}`, `${HIDDEN} ${HIDDEN}`],
    [`hf_${'aB3'.repeat(11)}, ghp_${'aB3'.repeat(12)}`, `${HIDDEN}, ${HIDDEN}`],
    [`github_pat_${'aB3_'.repeat(12)}`, HIDDEN],
    [`xoxb-1234567890-${'aB3'.repeat(8)}`, HIDDEN],
    [`AIza${'aB3-_'.repeat(7)} AKIAIOSFODNN7EXAMPLE`, `${HIDDEN} ${HIDDEN}`],
    [`gsk_${'abcde'.repeat(8)}`, HIDDEN],
    ['x-api-key: letmein', `x-api-key: ${HIDDEN}`],
    ['OPENAI_API_KEY=letmein', `OPENAI_API_KEY=${HIDDEN}`],
  ],
  'a bearer or basic credential': [
    ['Authorization: Bearer abc.def-123', `Authorization: Bearer ${HIDDEN}`],
    ['authorization: basic YTpi', `authorization: basic ${HIDDEN}`],
    ['AUTHORIZATION: BEARER opaque', `AUTHORIZATION: BEARER ${HIDDEN}`],
    ['Proxy-Authorization: Basic YWRhOnB3', `Proxy-Authorization: Basic ${HIDDEN}`],
    [`sent Bearer ${'opaque'.repeat(4)} there`, `sent Bearer ${HIDDEN} there`],
    ['sent BEARER abc12345 there', `sent BEARER ${HIDDEN} there`],
    ['bearer.opaqueOpaque', `bearer.${HIDDEN}`],
    ['Basic YWRhOmh1bnRlcjI=', `Basic ${HIDDEN}`],
  ],
  'name and password in an address': [
    ['via http://ada:pw@proxy.example:3128', `via http://${HIDDEN}@proxy.example:3128`],
    ['via //ada:pw@proxy.example', `via //${HIDDEN}@proxy.example`],
    ['at https://token@host.example/x', `at https://${HIDDEN}@host.example/x`],
    ['http://ada:p@ss@proxy.example', `http://${HIDDEN}@proxy.example`],
    ["http://ada:it's@proxy.example", `http://${HIDDEN}@proxy.example`],
    [`http://${'x'.repeat(400)}@host`, `http://${HIDDEN}@host`],
  ],
  'a secret in a query, a fragment or a form': [
    ['GET /x?token=abc&y=1', `GET /x?token=${HIDDEN}&y=1`],
    ['/cb?state=s&code=abc#x', `/cb?state=s&code=${HIDDEN}#x`],
    ['/cb#access_token=abc&y=1', `/cb#access_token=${HIDDEN}&y=1`],
    ['/x?key=abc&api_key=def&apiKey=ghi', `/x?key=${HIDDEN}&api_key=${HIDDEN}&apiKey=${HIDDEN}`],
    ['refresh_token=abc&grant_type=refresh_token', `refresh_token=${HIDDEN}&grant_type=refresh_token`],
    ['client_secret=abc&code_verifier=def', `client_secret=${HIDDEN}&code_verifier=${HIDDEN}`],
    ["/x?password=it's 'quoted?token=abc'", `/x?password=${HIDDEN} 'quoted?token=${HIDDEN}'`],
    ['/in?to=%2Fcb%3Fcode%3Dabc%26y%3D1 z', `/in?to=%2Fcb%3Fcode%3D${HIDDEN}%26y%3D1 z`],
  ],
  'the code of a device': [
    ['confirm the code BCDF-GHJK there', `confirm the code ${HIDDEN} there`],
    ['/device?user_code=WDJB-MJHT', `/device?user_code=${HIDDEN}`],
    ['device_code=GmRhm_DnyEy&x=1', `device_code=${HIDDEN}&x=1`],
    ['{"device_code":"GmRhm","user_code":"ABCD"}', `{"device_code":"${HIDDEN}","user_code":"${HIDDEN}"}`],
  ],
  'what a field of JSON calls a secret': [
    ['{"refresh_token": "abc", "model": "m"}', `{"refresh_token": "${HIDDEN}", "model": "m"}`],
    ['{"accessToken":"a","newPassword":"a\\"b","x":1}', `{"accessToken":"${HIDDEN}","newPassword":"${HIDDEN}","x":1}`],
    ['{"set-cookie":["a=1]","b=2"],"Authorization":"x"}', `{"set-cookie":"${HIDDEN}","Authorization":"${HIDDEN}"}`],
  ],
};

for (const [kind, cases] of Object.entries(SECRETS)) {
  test(`takes out ${kind}`, () => {
    for (const [text, left] of cases) assert.equal(withoutSecrets(text), left);
  });
  test(`a line of JSON stays JSON without ${kind}, also where the secret begins a line`, () => {
    for (const [text, left] of cases) {
      const line = JSON.stringify({ message: `failed\n${text}`, next: 'stays' });
      assert.deepEqual(JSON.parse(withoutSecrets(line)), { message: `failed\n${left}`, next: 'stays' });
    }
  });
  test(`taking out ${kind} twice is the same as once`, () => {
    for (const [, left] of cases) assert.equal(withoutSecrets(left), left);
  });
}

test('ordinary text stays as it is', () => {
  for (const text of [
    'online  3 models',
    'llama3.2@studio-pc at http://127.0.0.1:11434',
    'installed from https://esm.sh/react@18.2.0 and https://host.example?mail=ada@example.com',
    'the bearer token is missing; use basic authentication',
    'WWW-Authenticate: Bearer realm="relay", error="invalid_token"',
    'Missing bearer token.',
    'a basic llama3.2 or gpt-oss-20b',
    'a key begins with c2l_ and a token of a proxy with c2p_',
    'UNIQUE constraint failed: pk_conversations, hf_hub_download, sk-learn',
    'exit code=1006, status_code=404, stop_token=</s>, n_tokens=512',
    '/api/models?status_code=404&max_tokens=7&keyword=x&codec=y',
    '{"code":"bridge_offline","tokens":7,"tokenExpires":"2026-11-28T07:00:00.000Z"}',
    JSON.stringify({ note: '"token": of "password"' }),
    'password: too short; the token: expired',
    'SHA-256, UTF-8, X-REQUEST-ID, GPTQ-4BIT, HTTP-429, 0198c0de-7b1a-7c3e-8f00-0123456789ab',
    'task-1234567890 in disk-cache-12345678',
    'qwen2.5-coder:7b-instruct-q4_K_M',
    'C:\\Users\\ada\\AppData, //server/share, // a comment for ada@example.com',
  ]) {
    assert.equal(withoutSecrets(text), text);
  }
});

// Quadratic work would take minutes.
test('a long text of an attacker is gone through once', { timeout: 60_000 }, () => {
  for (const part of [
    'eyJ',
    'c2l_',
    'sk-',
    'bearer ',
    'basic.',
    '//',
    '//a',
    '?token',
    '&key=',
    '"token":"',
    '\\"token\\":\\"',
    '"token',
    '"token":["',
    'authorization:',
    'authorization: ',
    'password=',
    "password='",
    'BCDF-',
    'x-api-key:',
    '\\',
    ' ',
  ]) {
    withoutSecrets(part.repeat(1_000_000 / part.length));
    withoutSecrets(`"token":"${part.repeat(1_000_000 / part.length)}`);
  }
});
