import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chatFixture, until } from '../chat-fixture.ts';
import { GIF, JPEG, PNG, uploaded } from './attachment-fixture.ts';
import { sweepAttachments, UNUSED_MS } from './attachment-sweep.ts';

test('removes files that no message has used for a day, and bytes that are of no other', async (t) => {
  const chat = await chatFixture(t);
  const { database } = chat;
  const { kysely } = database;
  const now = Date.now();
  const sent = await uploaded(chat, { bytes: PNG, type: 'image/png' });
  const others = [
    await uploaded(chat, { bytes: PNG, type: 'image/png', name: 'unused, of the same bytes' }),
    await uploaded(chat, { bytes: GIF, type: 'image/gif', name: 'unused' }),
    await uploaded(chat, { bytes: GIF, type: 'image/gif', name: 'unused again' }),
    await uploaded(chat, { bytes: GIF, type: 'image/gif', user: 'bob' }),
  ];
  const { id } = await chat.conversation();
  const { asked, events } = await chat.send(id, 'What is it?', { attachments: [sent] });
  asked.finish();
  await until(events, 'complete');
  assert.equal(await sweepAttachments(database, () => now), 0, 'none is a day old');

  // All at the same time: pages are told apart by ids.
  await kysely
    .updateTable('attachments')
    .set({ created: new Date(now - UNUSED_MS - 1).toISOString() })
    .execute();
  const fresh = await uploaded(chat, { bytes: JPEG, type: 'image/jpeg' });
  assert.equal(await sweepAttachments(database, () => now, 1), others.length);
  const left = await kysely.selectFrom('attachments').select('id').orderBy('created').execute();
  assert.deepEqual(
    left.map((row) => row.id),
    [sent, fresh],
  );
  assert.equal((await kysely.selectFrom('blobs').select('hash').execute()).length, 2);
  assert.equal((await chat.call('GET', `/attachments/${sent}`)).status, 200);

  await kysely.deleteFrom('conversations').execute();
  assert.equal(await sweepAttachments(database, () => now), 1, 'its message is gone');
});
