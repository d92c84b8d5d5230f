export type DatabaseErrorCode = 'constraint' | 'busy' | 'closed' | 'failed';

/** SQLite's primary result codes; extended ones carry them in their low byte. */
const SQLITE_BUSY = 5;
const SQLITE_CONSTRAINT = 19;

/** A query that could not be run. `closed`: the database was closed or its thread has ended. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  readonly code: DatabaseErrorCode;

  constructor(code: DatabaseErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Names an error of SQLite by its result code, which a thread's reply carries as a number. */
export function databaseErrorCode(sqliteCode: number | undefined): DatabaseErrorCode {
  if (sqliteCode === undefined) return 'failed';
  const primary = sqliteCode & 0xff;
  if (primary === SQLITE_CONSTRAINT) return 'constraint';
  return primary === SQLITE_BUSY ? 'busy' : 'failed';
}
