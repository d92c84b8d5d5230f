import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newId } from '@cloudtolocalllm/protocol';
import { seedMessages } from '../search/seed-messages.ts';
import { exportFile } from './export-file.ts';
import { chatGptConversation, openWebUiChat, PNG } from './import-fixtures.ts';
import { counts, everything, people, withoutIds } from './transfer-fixture.ts';

test('what one person exported another imports: everything but the ids is the same', async (t) => {
  const { relay, ada, bob } = await people(t);
  await ada.import([chatGptConversation(), openWebUiChat()]);
  const { kysely } = relay.context.database;
  await kysely
    .updateTable('messages')
    .where('content', '=', 'In Rome.')
    .set({
      status: 'failed',
      error_code: 'engine_error',
      error_message: 'It broke.',
      thinking: 'hm',
      total_tokens: 12,
      tool_calls: '[{"name":"look","arguments":{"x":[1,{"y":null}]}}]',
      metadata: '{"promptTokens":3,"loadMs":1.5}',
    })
    .execute();
  await kysely.updateTable('conversations').where('title', '=', 'What is it').set({ options: '{"seed":7}' }).execute();
  const empty = { id: newId('conv'), user_id: 'ada', title: 'Empty', model: 'm', system_prompt: null, bridge_id: null };
  const times = { created: '2026-03-01T00:00:00.000Z', updated: '2026-03-01T00:00:00.000Z' };
  await kysely
    .insertInto('conversations')
    .values({ ...empty, ...times, auto_title: 0 })
    .execute();

  const response = await ada.get('/export');
  assert.equal(response.headers.get('content-type'), 'application/json; charset=utf-8');
  assert.match(
    response.headers.get('content-disposition') ?? '',
    /^attachment; filename="conversations-\d{4}-\d\d-\d\d\.json"$/,
  );
  const file: unknown = await response.json();
  assert.equal(withoutIds(file).length, 3);
  assert.deepEqual(counts(await bob.import(file)), {
    status: 'complete',
    total: 3,
    imported: 3,
    skipped: 0,
    failed: 0,
  });
  const again: unknown = await (await bob.get('/export?format=json')).json();
  assert.deepEqual(withoutIds(again), withoutIds(file));
  const ids = (of: unknown) =>
    exportFile.parse(of).conversations.flatMap(({ messages }) => messages.map(({ id }) => id));
  assert.deepEqual(
    ids(again).filter((id) => ids(file).includes(id)),
    [],
  );
  const [message] = await kysely.selectFrom('attachments').where('user_id', '=', 'bob').selectAll().execute();
  const bytes = await (await bob.get(`/attachments/${message?.id}`)).arrayBuffer();
  assert.deepEqual(Buffer.from(bytes), PNG);
});

test('Markdown is the branch that is shown', async (t) => {
  const { ada, bob } = await people(t);
  await ada.import([chatGptConversation(), openWebUiChat()]);
  const chat = (await everything(ada)).find(({ title }) => title === 'What is it');
  const response = await ada.get(`/conversations/${chat?.id}/export?format=markdown`);
  assert.match(response.headers.get('content-disposition') ?? '', /filename="what-is-it-[\d-]+\.md"$/);
  assert.equal(
    await response.text(),
    [
      '# What is it\n',
      '2025-01-01 00:00 UTC, llama3.2:1b\n',
      '> Be kind.\n',
      '## You · 2025-01-01 00:01 UTC\n',
      'Attached: image\n',
      'What is this?\n\n*[File: notes.pdf]*\n',
      '## llama3.2:1b · 2025-01-01 00:01 UTC\n',
      'A cat.\n',
    ].join('\n'),
  );
  const all = await (await ada.get('/export?format=markdown')).text();
  assert.deepEqual(all.match(/^# .*/gm), ['# Planning a trip', '# What is it']);
  assert(!all.includes('In Rome.'));
  assert.equal((await bob.get(`/conversations/${chat?.id}/export`)).status, 404);
  assert.equal(await (await bob.get('/export?format=markdown')).text(), '');
});

test('pages through more conversations and messages than are read at once', async (t) => {
  const { relay, ada } = await people(t);
  await seedMessages(relay.context.database, { userId: 'ada', messages: 230, perConversation: 1 });
  await seedMessages(relay.context.database, { userId: 'ada', messages: 60, perConversation: 60, seed: 2 });
  const { conversations } = exportFile.parse(await (await ada.get('/export')).json());
  assert.equal(new Set(conversations.map(({ id }) => id)).size, 231);
  assert.deepEqual(
    conversations.map(({ messages }) => messages.length).filter((length) => length !== 1),
    [60],
  );
});
