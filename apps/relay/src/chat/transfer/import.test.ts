import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestRelay, temporaryFolder } from '../../test-relay.ts';
import { chatGptConversation, openWebUiChat } from './import-fixtures.ts';
import { receiveFile } from './receive-file.ts';
import { counts, everything, people, person } from './transfer-fixture.ts';

test('importing a file again skips what is there, also what was exported from here and never left', async (t) => {
  const { ada } = await people(t);
  const file = [chatGptConversation(), openWebUiChat()];
  assert.deepEqual(counts(await ada.import(file)), {
    status: 'complete',
    total: 2,
    imported: 2,
    skipped: 0,
    failed: 0,
  });
  const more = [...file, openWebUiChat({ id: 'new' })];
  assert.deepEqual(counts(await ada.import(more)), {
    status: 'complete',
    total: 3,
    imported: 1,
    skipped: 2,
    failed: 0,
  });
  const exported: unknown = await (await ada.get('/export')).json();
  assert.deepEqual(counts(await ada.import(exported)), {
    status: 'complete',
    total: 3,
    imported: 0,
    skipped: 3,
    failed: 0,
  });
  assert.equal((await everything(ada)).length, 3);
});

test('bad conversations are told one by one and the good ones are kept', async (t) => {
  const { relay, ada } = await people(t);
  const badImage = openWebUiChat({ id: 'bad', title: 'Bad image' });
  badImage.chat.history.messages.q['files' as never] = [{ type: 'image', url: 'data:image/png;base64,AAAA' }] as never; // as: a field that not all messages have
  const status = await ada.import([
    7,
    chatGptConversation(),
    badImage,
    { title: 'Nothing', mapping: {} },
    openWebUiChat(),
  ]);
  assert.deepEqual(counts(status), { status: 'complete', total: 5, imported: 2, skipped: 0, failed: 3 });
  assert.equal(status.format, 'chatgpt');
  assert.deepEqual(
    status.problems.map(({ entry, title }) => [entry, title]),
    [
      [0, undefined],
      [2, 'Bad image'],
      [3, 'Nothing'],
    ],
  );
  assert.match(status.problems[1]?.message ?? '', /does not begin as one of type image\/png/);
  assert.deepEqual((await everything(ada)).map(({ title }) => title).toSorted(), ['Planning a trip', 'What is it']);
  const rows = await relay.context.database.kysely.selectFrom('conversations').selectAll().execute();
  assert.equal(rows.length, 2);
});

test('a file that nobody knows fails, and of half a file what is whole is kept', async (t) => {
  const { relay, ada } = await people(t);
  const unknown = await ada.import('{"a":1}');
  assert.deepEqual([unknown.status, unknown.total], ['failed', 0]);
  assert.match(unknown.error ?? '', /no export of/);
  const half = await ada.import(`[${JSON.stringify(openWebUiChat())},{"title":`);
  assert.equal(half.status, 'failed');
  assert.equal(half.imported, 1);
  assert.match(half.error ?? '', /ends in the middle/);
  assert.deepEqual(await readdir(join(relay.context.config.dataDir, 'imports')), []);
});

test('a long conversation is stored in pieces and shows when it is whole', async (t) => {
  const { relay, ada } = await people(t);
  const content = (id: number) => ({ content_type: 'text', parts: [`${id} ${'word '.repeat(2000)}`] });
  const mapping = Object.fromEntries(
    Array.from({ length: 250 }, (_, id) => [
      `n${id}`,
      {
        id: `n${id}`,
        parent: `n${id - 1}`,
        message: { author: { role: id % 2 === 0 ? 'user' : 'assistant' }, content: content(id) },
      },
    ]),
  );
  const told: number[] = [];
  const { kysely } = relay.context.database;
  using listening = relay.context.events.subscribe('ada', (event) => told.push(event.type === 'conversation' ? 1 : 0));
  assert(listening);
  const status = await ada.import([chatGptConversation({ mapping, current_node: 'n249' })]);
  assert.deepEqual(counts(status), { status: 'complete', total: 1, imported: 1, skipped: 0, failed: 0 });
  assert.deepEqual(told, [1]);
  const [conversation] = await everything(ada);
  assert.equal(conversation?.messages.length, 250);
  assert.equal(conversation.currentMessageId, conversation.messages.at(-1)?.id);
  assert.deepEqual(
    await kysely.selectFrom('conversations').where('deleted', 'is not', null).select('id').execute(),
    [],
  );
});

test('one import of a person runs at a time, and others see nothing of it', async (t) => {
  const { relay, ada, bob } = await people(t);
  const { port } = new URL(relay.url);
  const token = await relay.tokenFor('ada');
  const socket = connect(Number(port), '127.0.0.1');
  t.after(() => socket.destroy());
  const answered = once(socket, 'data');
  const file = JSON.stringify([openWebUiChat()]);
  socket.write(
    `POST /api/chat/import HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(file)}\r\n\r\n`,
  );
  // While its body is awaited it has begun: its folder is there.
  const folder = join(relay.context.config.dataDir, 'imports');
  while (!existsSync(folder)) await sleep(5);
  const second = await ada.post(file);
  assert.equal(second.status, 409);
  assert.equal((await bob.import([openWebUiChat()])).imported, 1);
  socket.write(file);
  const [data] = (await answered) as [Buffer]; // as: what sockets give
  const importId = /"importId":"([^"]+)"/.exec(data.toString())?.[1] ?? '';
  assert.equal((await ada.get(`/import/${importId}`)).status, 200);
  assert.equal((await bob.get(`/import/${importId}`)).status, 404);
});

test('a body that is too large, empty, no JSON by its type or broken off imports nothing', async (t) => {
  const relay = await startTestRelay(t);
  const ada = await person(relay, 'ada');
  assert.equal((await ada.post('[]', { 'content-type': 'text/plain' })).status, 415);
  assert.equal((await ada.post('')).status, 400);
  const folder = await temporaryFolder(t);
  const body = (headers: Record<string, string>, ...chunks: string[]) =>
    Object.assign(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), { headers }) as unknown as IncomingMessage; // as: what is read of one
  const path = join(folder, 'file.json');
  const tooLarge = { name: 'RelayError', code: 'payload_too_large' };
  await assert.rejects(receiveFile(body({ 'content-length': '11' }), path, 10), tooLarge);
  await assert.rejects(receiveFile(body({}, '12345', '678901'), path, 10), tooLarge);
  const breaking = async function* (): AsyncGenerator<Buffer, void, undefined> {
    yield Buffer.from('12345');
    throw new Error('gone');
  };
  const broken = Object.assign(Readable.from(breaking()), { headers: {} }) as unknown as IncomingMessage; // as: see above
  await assert.rejects(receiveFile(broken, path, 10), { name: 'RelayError', code: 'bad_request' });
  assert.deepEqual(await readdir(folder), []);
  await receiveFile(body({}, '1234567890'), path, 10);
  assert.deepEqual(await readdir(folder), ['file.json']);
});
