import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Compilable, Kysely } from 'kysely';
import type { DatabaseError } from './database-error.ts';
import { migrate } from './migrate.ts';
import { SqliteThreadDialect } from './sqlite-dialect.ts';
import { SqliteThread } from './sqlite-thread.ts';
import type { Tables } from './tables.ts';
import { TransactionGate } from './transaction-gate.ts';

export interface RelayDatabase extends AsyncDisposable {
  readonly kysely: Kysely<Tables>;
  /** Runs all queries in one transaction and one round trip: all of them or none. */
  batch(queries: readonly Compilable[]): Promise<void>;
}

export interface OpenDatabaseOptions {
  /** The SQLite file; it and its folder are made when absent, readable by their owner alone: keys are in it. */
  path: string;
  /** Told once when the database is lost under way; everything pending has been rejected by then. */
  onCrash?: (error: DatabaseError) => void;
}

/**
 * Opens the database and brings its schema up to date. Disposing answers what was posted, rejects what waits and
 * everything after.
 * @throws Error with its cause when the file can't be opened or its schema can't be brought up to date.
 */
export async function openDatabase({ path, onCrash = () => {} }: OpenDatabaseOptions): Promise<RelayDatabase> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  createPrivateFile(path);
  let opened = false;
  const thread = new SqliteThread({ path }, (error) => {
    if (opened) onCrash(error);
  });
  const gate = new TransactionGate();
  const kysely = new Kysely<Tables>({ dialect: new SqliteThreadDialect(thread, gate) });
  const close = async () => {
    gate[Symbol.dispose]();
    await thread[Symbol.asyncDispose]();
  };
  try {
    await migrate(kysely);
    opened = true;
  } catch (cause) {
    await close();
    throw new Error(`Cannot open database "${path}": see its cause`, { cause });
  }
  return {
    kysely,
    async batch(queries) {
      if (queries.length === 0) return;
      const compiled = queries.map((query) => {
        const { sql, parameters } = query.compile();
        return { sql, parameters };
      });
      await gate.pass(compiled, () => thread.batch(compiled));
    },
    [Symbol.asyncDispose]: close,
  };
}

function createPrivateFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    // An existing file must not even be opened here: closing it would drop SQLite's locks of this process.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
