import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { LRUCache } from 'lru-cache';
import { searchText } from './search-text.ts';

/** One compiled query. */
export interface SqliteQuery {
  sql: string;
  parameters: readonly unknown[];
}
export interface SqliteResult {
  rows: unknown[];
  changes?: number | bigint;
  insertId?: number | bigint;
}
/** What the thread is asked: one query, several in one transaction, or to close. */
export type SqliteRequest =
  | { kind: 'query'; id: number; query: SqliteQuery }
  | { kind: 'batch'; id: number; queries: SqliteQuery[] }
  | { kind: 'close'; id: number };
export type SqliteReply =
  | { id: number; result: SqliteResult }
  | { id: number; error: { message: string; code?: number; stack?: string } };
export interface SqliteWorkerData {
  path: string;
}

/** Prepared statements kept; the stores have some dozens, lists of ids vary in length. */
const MAX_STATEMENTS = 500;
/** How long to wait for another process (the `token` command, a backup) to finish writing. */
const BUSY_TIMEOUT_MS = 5_000;

if (parentPort === null) throw new Error('sqlite-worker.ts runs as a worker thread only');
const port = parentPort;
// The one who starts this thread passes exactly this (sqlite-thread.ts).
const { path } = workerData as SqliteWorkerData;

const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
database.exec('pragma journal_mode = wal');
// An acknowledged message survives a power cut, not only a crash of this process.
database.exec('pragma synchronous = full');
// For the triggers that keep the search index: they are part of the schema.
database.function('search_text', { deterministic: true }, (text) => searchText(String(text)));

const statements = new LRUCache<string, { statement: StatementSync; returnsRows: boolean }>({ max: MAX_STATEMENTS });

function run({ sql, parameters }: SqliteQuery): SqliteResult {
  let prepared = statements.get(sql);
  if (prepared === undefined) {
    const statement = database.prepare(sql);
    prepared = { statement, returnsRows: statement.columns().length > 0 };
    statements.set(sql, prepared);
  }
  // Whatever is no SQL value makes node:sqlite throw a TypeError that names the parameter.
  const values = parameters as SQLInputValue[];
  if (prepared.returnsRows) return { rows: prepared.statement.all(...values) };
  const { changes, lastInsertRowid } = prepared.statement.run(...values);
  return { rows: [], changes, insertId: lastInsertRowid };
}

function runBatch(queries: SqliteQuery[]): SqliteResult {
  database.exec('begin immediate');
  try {
    for (const query of queries) run(query);
    database.exec('commit');
  } catch (error) {
    // SQLite has already rolled back by itself after some errors (disk full).
    if (database.isTransaction) database.exec('rollback');
    throw error;
  }
  return { rows: [] };
}

function answer(request: SqliteRequest): SqliteResult {
  switch (request.kind) {
    case 'query':
      return run(request.query);
    case 'batch':
      return runBatch(request.queries);
    case 'close':
      database.close();
      return { rows: [] };
  }
}

port.on('message', (request: SqliteRequest) => {
  let reply: SqliteReply;
  try {
    reply = { id: request.id, result: answer(request) };
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    // node:sqlite puts SQLite's extended result code here; errors of other origin have none.
    const code = (error as { errcode?: number }).errcode;
    reply = { id: request.id, error: { message, code, stack } };
  }
  port.postMessage(reply);
  if (request.kind === 'close') port.close();
});
