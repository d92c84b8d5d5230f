import {
  CompiledQuery,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  type QueryCompiler,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { TransactionGate } from './transaction-gate.ts';
import type { SqliteThread } from './sqlite-thread.ts';
import type { SqliteQuery, SqliteResult } from './sqlite-worker.ts';

/** Kysely's view of a SQLite thread. Whoever made the thread closes it. */
export class SqliteThreadDialect implements Dialect {
  readonly #thread: SqliteThread;
  readonly #gate: TransactionGate;

  constructor(thread: SqliteThread, gate: TransactionGate) {
    this.#thread = thread;
    this.#gate = gate;
  }

  createDriver(): Driver {
    return new SqliteThreadDriver(this.#thread, this.#gate);
  }

  createQueryCompiler(): QueryCompiler {
    return new SqliteQueryCompiler();
  }

  createAdapter(): DialectAdapter {
    return new SqliteThreadAdapter();
  }

  createIntrospector(database: Kysely<unknown>): DatabaseIntrospector {
    return new SqliteIntrospector(database);
  }
}

class SqliteThreadAdapter extends SqliteAdapter {
  /** The gate lets queries follow each other closely; kysely's own mutex would make each wait for the last one's answer. */
  override get supportsMultipleConnections(): boolean {
    return true;
  }

  /** SQLite does roll back schema changes: a failed migration leaves nothing behind. */
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class SqliteThreadDriver implements Driver {
  readonly #thread: SqliteThread;
  readonly #gate: TransactionGate;

  constructor(thread: SqliteThread, gate: TransactionGate) {
    this.#thread = thread;
    this.#gate = gate;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return new SqliteThreadConnection(this.#thread, this.#gate);
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await this.#gate.hold(connection);
    // Immediate: a transaction that reads first and writes then can't find another process in between.
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('rollback'));
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    this.#gate.release(connection);
  }

  async destroy(): Promise<void> {}
}

class SqliteThreadConnection implements DatabaseConnection {
  readonly #thread: SqliteThread;
  readonly #gate: TransactionGate;

  constructor(thread: SqliteThread, gate: TransactionGate) {
    this.#thread = thread;
    this.#gate = gate;
  }

  async executeQuery<Row>({ sql, parameters }: SqliteQuery): Promise<QueryResult<Row>> {
    const result = await this.#gate.pass(this, () => this.#thread.query({ sql, parameters }));
    return toQueryResult<Row>(result);
  }

  // eslint-disable-next-line require-yield -- the interface wants a generator; nothing here streams rows
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error('Cannot stream query: the SQLite thread answers whole results; page with limit instead');
  }
}

function toQueryResult<Row>({ rows, changes, insertId }: SqliteResult): QueryResult<Row> {
  return {
    // The query's own type says what its rows are; kysely asks for them by it.
    rows: rows as Row[],
    numAffectedRows: changes === undefined ? undefined : BigInt(changes),
    insertId: insertId === undefined ? undefined : BigInt(insertId),
  };
}
