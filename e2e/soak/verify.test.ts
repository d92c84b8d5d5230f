import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { SENTENCE } from '../../dev/engine/write-model.ts';
import { Ledger } from './ledger.ts';
import { ToldAnswer } from './told-answer.ts';
import { verify } from './verify.ts';

/** A database with one question, its answer, and one queued message; and what a person was promised of them. */
function fixture(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'c2l-verify-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, 'relay.db');
  const database = new DatabaseSync(path);
  t.after(() => database.close());
  database.exec(`
    create table messages (id, role, content, status, error_code, parent_id);
    create table bridge_messages (id, content, status, error_code, payload);
    insert into messages values ('q', 'user', 'question chat 1 of user 0', 'complete', null, null);
    insert into messages values ('a', 'assistant', '${SENTENCE}', 'complete', null, 'q');
    insert into bridge_messages values ('b', '${SENTENCE}', 'complete', null, '"question queued 2 of user 0"');
  `);
  const told = (): ToldAnswer => {
    const answer = new ToldAnswer();
    answer.add({ type: 'start', messageId: 'a', seq: 1 });
    answer.add({ type: 'chunk', content: SENTENCE, seq: 2 });
    answer.add({ type: 'complete', messageId: 'a', totalTokens: 1, seq: 3 });
    return answer;
  };
  const ledger = new Ledger();
  const chat = { user: 0, conversationId: 'c', messageId: 'a', question: 'question chat 1 of user 0' };
  const queued = { user: 0, bridgeId: 'x', messageId: 'b', question: 'question queued 2 of user 0' };
  ledger.chats.push({ ...chat, listeners: [told()] });
  ledger.queued.push({ ...queued, listeners: [told()] });
  const asked = new Map([
    [chat.question, 1],
    [queued.question, 1],
  ]);
  return { database, ledger, asked, problems: () => verify(path, ledger, asked).problems };
}

test('has nothing to say when all promises were kept', (t) => {
  assert.deepEqual(fixture(t).problems(), []);
});

const broken: [string, (soak: ReturnType<typeof fixture>) => void, RegExp][] = [
  ['an answer that is lost', ({ database }) => database.exec("delete from messages where id = 'a'"), /is lost/],
  ['a queued message that is lost', ({ database }) => database.exec('delete from bridge_messages'), /is lost/],
  [
    'an answer that never ended',
    ({ database }) => database.exec("update messages set status = 'streaming' where id = 'a'"),
    /never ended/,
  ],
  [
    'a sentence that is there twice',
    ({ database }) => database.exec("update messages set content = content || content where id = 'a'"),
    /is complete and says/,
  ],
  [
    'a failed answer with words that nobody said',
    ({ database }) => database.exec("update messages set content = 'Hello Hello', status = 'failed' where id = 'a'"),
    /is failed and says/,
  ],
  [
    'a question that is there twice',
    ({ database }) =>
      database.exec("insert into messages select 'q2', role, content, status, null, null from messages where id = 'q'"),
    /is there 2 times/,
  ],
  [
    'a question that is answered twice',
    ({ database }) =>
      database.exec("insert into messages select 'a2', role, content, status, null, 'q' from messages where id = 'a'"),
    /has 2 answers/,
  ],
  [
    'a queued message that was run twice',
    ({ asked }) => asked.set('question queued 2 of user 0', 2),
    /was run 2 times/,
  ],
  [
    'a queued message that is there twice',
    ({ database }) =>
      database.exec("insert into bridge_messages select 'b2', content, status, null, payload from bridge_messages"),
    /is queued 2 times/,
  ],
  [
    'a listener who was told something else',
    ({ ledger }) => ledger.chats[0]?.listeners[0]?.add({ type: 'chunk', content: '!', seq: 4 }),
    /was told/,
  ],
  [
    'a listener who heard no end',
    ({ ledger }) => ledger.queued[0]?.listeners.push(new ToldAnswer()),
    /never heard its end/,
  ],
];
for (const [what, harm, expected] of broken) {
  test(`finds ${what}`, (t) => {
    const soak = fixture(t);
    harm(soak);
    assert.match(soak.problems().join('\n'), expected);
  });
}
