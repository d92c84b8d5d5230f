import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importStatus } from '@cloudtolocalllm/protocol';
import { auditLog } from '../audit/audit-log.ts';
import { accountFile } from './account-file.ts';
import { twoPeople } from './test-people.ts';

test('the file has everything of its person, in the form that is described', async (t) => {
  const { relay, local, other } = await twoPeople(t);
  const unsent = await fetch(`${relay.url}/api/chat/attachments?name=unsent-zebra.txt`, {
    method: 'POST',
    headers: { authorization: `Bearer ${local.token}`, 'content-type': 'text/plain' },
    body: 'never sent',
  });
  assert.equal(unsent.status, 200);
  const response = await relay.call('/api/me/export');
  assert.equal(response.status, 200);
  assert.match(
    response.headers.get('content-disposition') ?? '',
    /^attachment; filename="account-\d{4}-\d\d-\d\d\.json"$/,
  );
  assert.equal(response.headers.get('cache-control'), 'no-store');
  const text = await response.text();
  const file = accountFile.parse(JSON.parse(text));
  const { account, conversations } = file;
  assert.equal(account.profile.userId, local.userId);
  assert.equal(account.settings.systemPrompt, `prompt-${local.mark}`);
  assert.deepEqual(
    account.computers.map(({ bridgeId }) => bridgeId),
    [local.ids['bridgeId']],
  );
  assert.deepEqual(
    account.keys.map(({ id }) => id),
    [local.ids['keyId']],
  );
  assert.deepEqual(
    account.proxies.map(({ proxyId }) => proxyId),
    [local.ids['proxyId']],
  );
  assert.equal(account.queuedMessages.length, 1);
  assert.match(JSON.stringify(account.queuedMessages), /queued-zebra/);
  assert.ok(account.auditEvents.some(({ action }) => action === 'key_created'));
  assert.deepEqual(
    account.unsentFiles.map(({ name, base64 }) => [name, Buffer.from(base64, 'base64').toString()]),
    [['unsent-zebra.txt', 'never sent']],
  );
  const asked = conversations.find(({ title }) => title === 'title-zebra');
  assert.deepEqual(
    asked?.messages.map(({ content }) => content),
    ['question-zebra', 'answer-zebra'],
  );
  assert.equal(asked.messages[0]?.attachments?.length, 1);
  assert.doesNotMatch(text, new RegExp(other.mark));
});

test('no secret is in it', async (t) => {
  const { relay, local } = await twoPeople(t);
  const text = await (await relay.call('/api/me/export')).text();
  const { kysely } = relay.context.database;
  const secrets = [
    local.apiKey,
    local.proxyToken,
    local.sessionToken,
    local.token,
    ...(await kysely.selectFrom('api_keys').select('hash').execute()).map(({ hash }) => hash),
    ...(await kysely.selectFrom('proxies').select('token_hash').execute()).map(({ token_hash }) => token_hash),
    ...(await kysely.selectFrom('passwords').select('hash').execute()).map(({ hash }) => hash),
    ...(await kysely.selectFrom('settings').select('value').execute()).map(({ value }) => value),
  ].filter((secret) => secret !== local.userId); // the local user's id is kept among the relay's own settings
  assert.ok(secrets.length > 8);
  for (const secret of secrets) assert.ok(!text.includes(secret), `it has ${secret.slice(0, 8)}…`);
});

test('everything is in it, also what is more than a page', async (t) => {
  const { relay, local } = await twoPeople(t);
  const audit = auditLog(relay.context.database.kysely);
  const { total: before } = await audit.list(local.userId, { limit: 1, offset: 0 });
  for (let count = 0; count < 250; count++)
    await audit.record(local.userId, { action: 'bridge_renamed', target: `number ${count}` });
  const payload = { model: 'm', messages: [{ role: 'user', content: 'Hello' }] };
  const path = `/api/bridge/${local.ids['bridgeId']}/message`;
  for (let count = 0; count < 9; count++)
    assert.equal((await relay.call(path, { method: 'POST', body: { type: 'chat', payload } })).status, 200);
  const { account } = accountFile.parse(await (await relay.call('/api/me/export')).json());
  assert.equal(account.auditEvents.length, before + 250);
  assert.equal(new Set(account.auditEvents.map(({ id }) => id)).size, before + 250);
  assert.equal(account.queuedMessages.length, 10);
});

test('another person can import its conversations', async (t) => {
  const { relay, other } = await twoPeople(t);
  const file: unknown = await (await relay.call('/api/me/export')).json();
  const options = { method: 'POST', body: file, token: other.token };
  const ended = async (importId: string) => {
    for (;;) {
      const response = await relay.call(`/api/chat/import/${importId}`, { token: other.token });
      const status = importStatus.parse(await response.json());
      if (status.status !== 'running') return status;
    }
  };
  await ended(other.ids['importId']!);
  const { importId } = importStatus.parse(await (await relay.call('/api/chat/import', options)).json());
  const { status, imported, failed } = await ended(importId);
  assert.deepEqual([status, imported, failed], ['complete', 1, 0]);
});

test('an API key gets no file', async (t) => {
  const { relay, local } = await twoPeople(t);
  assert.equal((await relay.call('/api/me/export', { token: local.apiKey })).status, 403);
});
