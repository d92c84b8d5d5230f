import { DatabaseSync } from 'node:sqlite';
import { SENTENCE } from '../../dev/engine/write-model.ts';
import type { Ledger } from './ledger.ts';

const CHAT_ENDS = new Set(['complete', 'stopped', 'failed', 'interrupted']);
const QUEUE_ENDS = new Set(['complete', 'failed', 'expired', 'cancelled', 'interrupted']);

interface Row {
  id: string;
  content: string;
  status: string;
  error_code: string | null;
}

export interface Verdict {
  problems: string[];
  /** Of all that was accepted: how often each status. */
  chatEnds: Map<string, number>;
  queueEnds: Map<string, number>;
  listeners: number;
}

/** Holds what was promised against the database: nothing lost, nothing answered twice, every listener told the truth. */
export function verify(databasePath: string, ledger: Ledger, asked: ReadonlyMap<string, number>): Verdict {
  using database = new DatabaseSync(databasePath, { readOnly: true });
  const problems: string[] = [];
  const verdict: Verdict = { problems, chatEnds: new Map(), queueEnds: new Map(), listeners: 0 };

  const message = database.prepare('select id, content, status, error_code, parent_id from messages where id = ?');
  const questions = database.prepare("select id from messages where role = 'user' and content = ?");
  const answers = database.prepare("select id from messages where role = 'assistant' and parent_id = ?");
  const queued = database.prepare('select id, content, status, error_code from bridge_messages where id = ?');
  const payloads = database.prepare('select count(*) as count from bridge_messages where instr(payload, ?) > 0');

  function check(what: string, row: Row | undefined, ends: ReadonlySet<string>, counts: Map<string, number>): boolean {
    if (row === undefined) {
      problems.push(`${what} was acknowledged and is lost`);
      return false;
    }
    const end = row.error_code === null ? row.status : `${row.status}: ${row.error_code}`;
    counts.set(end, (counts.get(end) ?? 0) + 1);
    if (!ends.has(row.status)) problems.push(`${what} never ended: it is ${row.status}`);
    if (row.status === 'complete' && row.content !== SENTENCE) {
      problems.push(`${what} is complete and says ${JSON.stringify(row.content)}`);
    }
    if (!SENTENCE.startsWith(row.content)) {
      problems.push(`${what} is ${row.status} and says ${JSON.stringify(row.content)}`);
    }
    return true;
  }

  for (const { messageId, question, listeners } of ledger.chats) {
    const row = message.get(messageId) as (Row & { parent_id: string | null }) | undefined; // as: the columns above
    if (!check(`"${question}"`, row, CHAT_ENDS, verdict.chatEnds)) continue;
    const asking = questions.all(question) as { id: string }[]; // as: the column above
    if (asking.length !== 1) problems.push(`"${question}" is there ${asking.length} times`);
    const parent = row?.parent_id ?? '';
    if (asking[0]?.id !== parent) problems.push(`"${question}" is answered as another question`);
    const replies = answers.all(parent).length;
    if (replies !== 1) problems.push(`"${question}" has ${replies} answers`);
    checkListeners(question, row?.content ?? '', listeners);
  }

  for (const { messageId, question, listeners } of ledger.queued) {
    const row = queued.get(messageId) as Row | undefined; // as: the columns above
    if (!check(`"${question}"`, row, QUEUE_ENDS, verdict.queueEnds)) continue;
    checkListeners(question, row?.content ?? '', listeners);
    const times = asked.get(question) ?? 0;
    if (times > 1) problems.push(`"${question}" was run ${times} times`);
    if (row?.status === 'complete' && times === 0) problems.push(`"${question}" is complete and was never run`);
    expectOnce(question);
  }

  for (const question of ledger.unknown) {
    const times = questions.all(question).length;
    if (times > 1) problems.push(`"${question}" is there ${times} times, though nobody was told that it was accepted`);
    expectOnce(question);
  }

  function expectOnce(question: string): void {
    const { count } = payloads.get(JSON.stringify(question)) as { count: number }; // as: the column above
    if (count > 1) problems.push(`"${question}" is queued ${count} times`);
  }

  function checkListeners(question: string, content: string, listeners: Ledger['chats'][number]['listeners']): void {
    for (const { text, end } of listeners) {
      verdict.listeners++;
      if (end === undefined) problems.push(`a listener of "${question}" never heard its end`);
      else if (text !== content) {
        problems.push(
          `a listener of "${question}" was told ${JSON.stringify(text)}, and ${JSON.stringify(content)} is stored`,
        );
      }
    }
  }

  return verdict;
}
