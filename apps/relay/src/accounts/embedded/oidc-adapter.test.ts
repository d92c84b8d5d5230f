import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDatabase } from '../../storage/database.ts';
import { temporaryFolder } from '../../test-relay.ts';
import { oidcAdapter, sweepOidcPayloads } from './oidc-adapter.ts';

test('keeps what is itself a secret under its hash alone, and gives it back whole', async (t) => {
  await using database = await openDatabase({ path: join(await temporaryFolder(t), 'relay.db') });
  const { kysely } = database;
  for (const model of ['RefreshToken', 'AuthorizationCode']) {
    const adapter = oidcAdapter(kysely)(model);
    await adapter.upsert('the-secret', { jti: 'the-secret', grantId: 'g' }, 600);
    assert.deepEqual(await adapter.find('the-secret'), { jti: 'the-secret', grantId: 'g' });
    const [row] = await kysely.selectFrom('oidc_payloads').selectAll().where('model', '=', model).execute();
    assert.doesNotMatch(JSON.stringify(row), /the-secret/);
    assert.equal(await adapter.find(row!.id), undefined); // upsert made a row; its id is no token

    await adapter.consume('the-secret');
    assert.ok((await adapter.find('the-secret'))?.consumed);
    await adapter.destroy('the-secret');
    assert.equal(await adapter.find('the-secret'), undefined);
  }
});

test('keeps, finds, consumes, revokes and forgets', async (t) => {
  await using database = await openDatabase({ path: join(await temporaryFolder(t), 'relay.db') });
  const { kysely } = database;
  let now = 1_000_000_000_000;
  const adapter = oidcAdapter(kysely, () => now);
  const codes = adapter('DeviceCode');
  const tokens = adapter('RefreshToken');
  const sessions = adapter('Session');

  await codes.upsert('one', { userCode: 'ABCD', grantId: 'g1', accountId: 'a' }, 600);
  await tokens.upsert('one', { grantId: 'g1' }, 600);
  await tokens.upsert('two', { grantId: 'g2' }, 600);
  await sessions.upsert('s', { uid: 'u' });

  assert.equal((await codes.findByUserCode('ABCD'))?.accountId, 'a');
  assert.equal(await tokens.findByUserCode('ABCD'), undefined);
  assert.equal((await sessions.findByUid('u'))?.uid, 'u');

  await codes.consume('one');
  assert.equal((await codes.find('one'))?.consumed, 1_000_000_000);
  await codes.upsert('one', { userCode: 'ABCD', grantId: 'g1' }, 600);
  assert.equal((await codes.find('one'))?.consumed, 1_000_000_000);

  await tokens.revokeByGrantId('g1');
  assert.equal(await tokens.find('one'), undefined);
  assert.ok(await tokens.find('two'));
  assert.ok(await codes.find('one'));

  await codes.destroy('one');
  assert.equal(await codes.find('one'), undefined);

  now += 661_000;
  assert.equal(await tokens.find('two'), undefined);
  assert.ok(await sessions.find('s'));
  await sweepOidcPayloads(kysely, now);
  assert.equal((await kysely.selectFrom('oidc_payloads').selectAll().execute()).length, 1);
});
