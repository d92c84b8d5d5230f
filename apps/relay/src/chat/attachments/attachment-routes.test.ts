import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { text } from 'node:stream/consumers';
import {
  type ApiErrorBody,
  type AttachmentResponse,
  MAX_IMAGE_BYTES,
  MAX_TEXT_BYTES,
  newId,
} from '@cloudtolocalllm/protocol';
import { chatFixture, messagesOf, until } from '../chat-fixture.ts';
import { GIF, JPEG, PNG, upload, uploaded, WEBP } from './attachment-fixture.ts';

test('keeps images and texts, and gives their bytes back as nothing that a browser runs', async (t) => {
  const chat = await chatFixture(t);
  for (const [bytes, type, kind, disposition] of [
    [PNG, 'image/png', 'image', 'inline'],
    [JPEG, 'image/jpeg', 'image', 'inline'],
    [GIF, 'image/gif', 'image', 'inline'],
    [WEBP, 'image/webp', 'image', 'inline'],
    ['<script>alert(1)</script>', 'text/html; charset=UTF-8', 'text', 'attachment'],
    ['{"grüße": "🦙"}', 'application/json', 'text', 'attachment'],
    ['# Hi', 'text/markdown', 'text', 'attachment'],
  ] as const) {
    const response = await upload(chat, { bytes, type, name: ` naïve "file"\n(1)'* ` });
    assert.equal(response.status, 200, type);
    const { attachment } = (await response.json()) as AttachmentResponse;
    const { id, created, ...rest } = attachment;
    const size = Buffer.byteLength(bytes);
    const plainType = type.split(';')[0];
    assert.deepEqual(rest, { name: `naïve "file"\n(1)'*`, type: plainType, kind, size });
    assert.ok(Date.parse(created));
    const back = await chat.call('GET', `/attachments/${id}`);
    assert.equal(back.status, 200);
    assert.deepEqual(Buffer.from(await back.arrayBuffer()), Buffer.from(bytes));
    assert.equal(back.headers.get('content-type'), kind === 'image' ? plainType : `${plainType}; charset=utf-8`);
    assert.equal(back.headers.get('content-security-policy'), "sandbox; default-src 'none'");
    assert.equal(back.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(back.headers.get('cache-control'), 'private, no-cache');
    assert.equal(
      back.headers.get('content-disposition'),
      `${disposition}; filename*=UTF-8''na%C3%AFve%20%22file%22%0A%281%29%27%2a`,
    );
    const etag = back.headers.get('etag') ?? '';
    const again = await fetch(`${chat.url}/api/chat/attachments/${id}`, {
      headers: { 'x-user': 'ada', 'if-none-match': etag },
    });
    assert.equal(again.status, 304);
  }
});

test('stores the same content once for each person', async (t) => {
  const chat = await chatFixture(t);
  const ids = [
    await uploaded(chat, { bytes: PNG, type: 'image/png', name: 'one.png' }),
    await uploaded(chat, { bytes: PNG, type: 'image/png', name: 'two.png' }),
    await uploaded(chat, { bytes: PNG, type: 'image/png', user: 'bob' }),
  ];
  assert.equal(new Set(ids).size, 3);
  const blobs = () => chat.database.kysely.selectFrom('blobs').select('user_id').orderBy('user_id').execute();
  assert.deepEqual(await blobs(), [{ user_id: 'ada' }, { user_id: 'bob' }]);
  await chat.call('DELETE', `/attachments/${ids[0]}`);
  assert.equal((await chat.call('GET', `/attachments/${ids[1]}`)).status, 200, 'the other one still has its bytes');
  await chat.call('DELETE', `/attachments/${ids[1]}`);
  assert.deepEqual(await blobs(), [{ user_id: 'bob' }]);
});

test('refuses what is no file for a model, and says why', async (t) => {
  const chat = await chatFixture(t);
  for (const [bytes, type, error] of [
    [PNG, 'application/pdf', 'unsupported_media_type'],
    [PNG, 'image/svg+xml', 'unsupported_media_type'],
    [PNG, undefined, 'unsupported_media_type'],
    [PNG, 'text', 'unsupported_media_type'],
    [PNG, 'image/jpeg', 'unsupported_media_type'],
    [PNG, 'text/plain', 'unsupported_media_type'],
    ['plain text', 'image/png', 'unsupported_media_type'],
    [Buffer.from([0x61, 0xff]), 'text/plain', 'unsupported_media_type'],
    ['a\0b', 'text/plain', 'unsupported_media_type'],
    ['text', 'text/plain; charset=iso-8859-1', 'unsupported_media_type'],
    ['', 'text/plain', 'validation_failed'],
    ['x'.repeat(MAX_TEXT_BYTES + 1), 'text/plain', 'payload_too_large'],
    [Buffer.concat([PNG, Buffer.alloc(MAX_IMAGE_BYTES)]), 'image/png', 'payload_too_large'],
  ] as const) {
    const response = await upload(chat, { bytes, type });
    assert.equal(((await response.json()) as ApiErrorBody).error, error, `${type} ${String(bytes).slice(0, 20)}`);
  }
  for (const name of ['', ' ', 'x'.repeat(201)]) {
    const response = await upload(chat, { bytes: PNG, type: 'image/png', name });
    const { error, details } = (await response.json()) as ApiErrorBody;
    assert.deepEqual([error, Object.keys(details ?? {})], ['validation_failed', ['name']]);
  }
  assert.deepEqual(await chat.database.kysely.selectFrom('attachments').selectAll().execute(), []);
  assert.equal((await upload(chat, { bytes: 'x'.repeat(MAX_TEXT_BYTES), type: 'text/plain' })).status, 200);
});

test('a body of no known length is not read beyond the limit', async (t) => {
  const chat = await chatFixture(t);
  const socket = connect(Number(new URL(chat.url).port), '127.0.0.1');
  socket.on('error', () => {}); // the relay may close while we still write
  socket.write(
    'POST /api/chat/attachments?name=x HTTP/1.1\r\nhost: x\r\nx-user: ada\r\ncontent-type: image/png\r\n' +
      'connection: close\r\ntransfer-encoding: chunked\r\n\r\n',
  );
  const chunk = Buffer.alloc(1024 * 1024);
  for (let index = 0; index <= MAX_IMAGE_BYTES / chunk.length; index++) {
    socket.write(`${chunk.length.toString(16)}\r\n`);
    socket.write(chunk);
    socket.write('\r\n');
  }
  assert.match(await text(socket), /^HTTP\/1\.1 413 /);
});

test('another person’s file does not exist', async (t) => {
  const chat = await chatFixture(t);
  const id = await uploaded(chat, { bytes: PNG, type: 'image/png' });
  const { id: conversation } = await chat.conversation();
  for (const path of [`/attachments/${id}`, `/attachments/${newId('file')}`]) {
    for (const method of ['GET', 'DELETE']) assert.equal((await chat.call(method, path, undefined, 'bob')).status, 404);
  }
  assert.equal((await chat.call('GET', '/attachments/file-1')).status, 400);
  const bobs = await uploaded(chat, { bytes: PNG, type: 'image/png', user: 'bob' });
  const sent = await chat.call('POST', `/conversations/${conversation}/messages`, {
    content: 'Hi',
    attachments: [bobs],
  });
  assert.equal(sent.status, 400);
  assert.deepEqual(await messagesOf(chat, conversation), []);
  assert.equal((await chat.call('GET', `/attachments/${id}`)).status, 200);
});

test('a file that a message uses stays until its conversation goes', async (t) => {
  const chat = await chatFixture(t);
  const id = await uploaded(chat, { bytes: PNG, type: 'image/png', name: 'cat.png' });
  const { id: conversation } = await chat.conversation();
  const { asked, events } = await chat.send(conversation, 'What is it?', { attachments: [id] });
  assert.deepEqual(asked.request.messages.at(-1)?.images, [PNG.toString('base64')]);
  asked.finish();
  await until(events, 'complete');
  const refused = await chat.call('DELETE', `/attachments/${id}`);
  assert.equal(refused.status, 409);
  const [question] = await messagesOf(chat, conversation);
  assert.deepEqual(
    question?.attachments?.map(({ name }) => name),
    ['cat.png'],
  );
  assert.equal((await chat.call('GET', `/attachments/${id}`)).status, 200);
});

test('a retry with the same Idempotency-Key stores nothing again', async (t) => {
  const chat = await chatFixture(t);
  const file = { bytes: PNG, type: 'image/png', headers: { 'idempotency-key': 'once' } };
  assert.equal(await uploaded(chat, file), await uploaded(chat, file));
  const other = await upload(chat, { ...file, bytes: GIF, type: 'image/gif' });
  assert.equal(other.status, 409);
});

test('a person has so much room, and content that is there already takes none', async (t) => {
  const chat = await chatFixture(t, { attachmentLimits: { bytes: PNG.length + GIF.length, files: 5, unused: 4 } });
  const png = { bytes: PNG, type: 'image/png' };
  const gif = { bytes: GIF, type: 'image/gif' };
  await uploaded(chat, png);
  const id = await uploaded(chat, gif);
  assert.equal((await upload(chat, { bytes: JPEG, type: 'image/jpeg' })).status, 413);
  await uploaded(chat, png);
  await uploaded(chat, png);
  const refused = await upload(chat, png);
  assert.equal(refused.status, 429);
  assert.equal(((await refused.json()) as ApiErrorBody).error, 'rate_limited');
  assert.equal((await upload(chat, { ...png, user: 'bob' })).status, 200, 'others have their own');

  const { id: conversation } = await chat.conversation();
  const { asked, events } = await chat.send(conversation, 'What is it?', { attachments: [id] });
  asked.finish();
  await until(events, 'complete');
  await uploaded(chat, png);
  await chat.database.kysely.updateTable('attachments').set({ created: '2020-01-01T00:00:00.000Z' }).execute();
  assert.equal((await upload(chat, png)).status, 429);
});
