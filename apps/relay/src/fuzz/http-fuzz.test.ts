import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { conversationList } from '@cloudtolocalllm/protocol';
import { Random, SEED } from '@cloudtolocalllm/protocol/testing/seeded-random.ts';
import { exportJWK } from 'jose';
import { pino } from 'pino';
import { loadIssuerKeys } from '../accounts/embedded/issuer-keys.ts';
import { limitsWith } from '../limits/test-limits.ts';
import { TestDriver } from '../proxies/test-driver.ts';
import { DEFAULT_PROXIES } from '../proxies/test-proxies.ts';
import { temporaryFolder, type TestRelay } from '../test-relay.ts';
import { startRelayWithRoutes } from '../test-routes.ts';
import { checkOutcome } from './check-answer.ts';
import { heldBytes } from './held-bytes.ts';
import { type Inhabitant, moveIn } from './inhabitant.ts';
import { mutateBody } from './mutate-body.ts';
import { type Forgery, mutateCredential } from './mutate-credential.ts';
import { mutateHead } from './mutate-head.ts';
import { mutateTarget } from './mutate-target.ts';
import { exchangeRaw } from './raw-exchange.ts';
import { type RequestDraft, writeDraft } from './request-draft.ts';
import { settledRowsOf } from './rows.ts';
import { type ValidRequest, validRequests } from './valid-requests.ts';

const REQUESTS = 10_000;
const AT_A_TIME = 32;
/** Two servers' worth of caches; what grew with every request would be far above. */
const MAX_GROWTH_BYTES = 96 * 1024 * 1024;
/** Failures in the message of the test. */
const SHOWN = 10;
const LIMITS = limitsWith({});

test('10,000 mutated requests get honest answers and break nothing', { timeout: 180_000 }, async (t) => {
  const faults: string[] = [];
  const log = pino({ level: 'error' }, { write: (line: string) => void faults.push(line) });
  const webDir = await temporaryFolder(t);
  await writeFile(join(webDir, 'index.html'), '<!doctype html><title>web app</title>');
  const config = { limits: LIMITS, webDir, proxies: { ...DEFAULT_PROXIES, maxPerUser: REQUESTS, maxTotal: REQUESTS } };
  const { relay, routes } = await startRelayWithRoutes(t, { log, config, proxyDriver: new TestDriver() });
  const bystander = await moveIn(t, relay, {
    userId: relay.context.issuer!.user.id,
    token: relay.token,
    mark: 'zebra',
  });
  const token = await relay.tokenFor('user-fuzz');
  const fuzzer = await moveIn(t, relay, { userId: 'user-fuzz', token, mark: 'fuzz' });
  const before = await settledRowsOf(relay, bystander.userId, `[\\"${bystander.bridge.model}\\"]`);
  const forgery = { ...fuzzer, accessToken: token, publicKey: await publicKey(relay) };

  // Deleting is tried with what is the bystander's alone, so that the fuzzer's own lasts for all cases.
  const own = validRequests(relay.app, routes, { ...fuzzer.ids, uid: 'x' }).filter(({ method }) => method !== 'DELETE');
  const foreign = validRequests(relay.app, routes, { ...bystander.ids, uid: 'x' }).filter(
    ({ method, path }) => method !== 'DELETE' || path !== '/api/me',
  );
  const port = Number(new URL(relay.url).port);
  const secret = new RegExp(bystander.mark);
  const statuses = new Map<number, number>();
  const failures: string[] = [];

  async function runCase(index: number): Promise<void> {
    const random = new Random(SEED + index);
    const draft = draftOf(random, random.pick(random.chance(0.7) ? own : foreign), fuzzer);
    mutate(random, draft, forgery);
    const bytes = writeDraft(draft);
    try {
      const { mayWait, method } = draft;
      const outcome = await exchangeRaw(port, { bytes, isHead: method === 'HEAD', mayWait });
      checkOutcome(outcome, draft, secret);
      for (const { status } of outcome.answers) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    } catch (cause) {
      const sent = JSON.stringify(bytes.toString('latin1', 0, 1500));
      // as: an AssertionError
      failures.push(`Case ${index}: ${(cause as Error).message}\nSent: ${sent}`);
    }
  }

  const lanes = (first: number, count: number) =>
    Promise.all(
      Array.from({ length: AT_A_TIME }, async (_, lane) => {
        for (let index = first + lane; index < first + count; index += AT_A_TIME) await runCase(index);
      }),
    );
  await lanes(0, REQUESTS / 4); // caches fill
  const held = heldBytes();
  await lanes(REQUESTS / 4, REQUESTS - REQUESTS / 4);

  t.diagnostic(`SEED = ${SEED}; answers by status: ${JSON.stringify(Object.fromEntries(statuses))}`);
  assert.equal(
    failures.length,
    0,
    `${failures.length} failed with SEED = ${SEED}:\n${failures.slice(0, SHOWN).join('\n')}`,
  );
  assert.ok(heldBytes() - held < MAX_GROWTH_BYTES, `${heldBytes() - held} bytes more are held than after a quarter`);
  assert.deepEqual(faults, [], 'faults in the log');
  for (const status of [200, 400, 401, 404, 405, 415, 431]) assert.ok(statuses.has(status), `never answered ${status}`);
  await worksAsBefore(relay, bystander);
  assert.deepEqual(await settledRowsOf(relay, bystander.userId, ''), before, "the bystander's rows are as they were");
});

function draftOf(
  random: Random,
  { method, path, body, route }: ValidRequest,
  { token, apiKey, proxyToken }: Inhabitant,
): RequestDraft {
  const usual = route.access === 'proxy token' ? proxyToken : token;
  const headers: [string, string][] = [
    ['host', 'localhost'],
    ['connection', 'close'],
    ['authorization', `Bearer ${random.chance(0.8) ? usual : apiKey}`],
  ];
  const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body));
  if (body !== undefined) headers.push(['content-type', 'application/json'], ['content-length', String(bytes.length)]);
  const needsToken = !['public', 'own computer', 'admin or own computer', undefined].includes(route.access);
  return {
    method,
    target: path,
    headers,
    body: bytes,
    lineEnd: '\r\n',
    version: 'HTTP/1.1',
    mayWait: false,
    needsToken,
    isForged: false,
  };
}

function mutate(random: Random, draft: RequestDraft, forgery: Forgery): void {
  const mutations = [
    mutateTarget,
    mutateHead,
    mutateBody,
    (...of: [Random, RequestDraft]) => mutateCredential(...of, forgery),
  ];
  for (let left = random.chance(0.7) ? 1 : 2 + random.below(3); left > 0; left--) random.pick(mutations)(random, draft);
}

async function publicKey({ context }: TestRelay): Promise<string> {
  const [key] = (await loadIssuerKeys(context.settings)).signing.keys;
  assert.ok(key);
  const { kty, n, e } = await exportJWK(createPublicKey({ key: { ...key }, format: 'jwk' }));
  return createPublicKey({ key: { kty, n, e }, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();
}

async function worksAsBefore(relay: TestRelay, { token, ids, mark }: Inhabitant): Promise<void> {
  const list = await relay.call('/api/chat/conversations', { token });
  const { conversations } = conversationList.parse(await list.json());
  assert.deepEqual(
    conversations.map(({ id, title }) => [id, title]),
    [[ids['conversationId'], `title-${mark}`]],
  );
  const tags = await relay.call('/ollama/api/tags', { token });
  assert.match(await tags.text(), new RegExp(`model-${mark}`));
}
