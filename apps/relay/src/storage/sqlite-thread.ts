import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { DatabaseError, databaseErrorCode } from './database-error.ts';
import type { SqliteQuery, SqliteReply, SqliteRequest, SqliteResult, SqliteWorkerData } from './sqlite-worker.ts';

const WORKER_URL = new URL('./sqlite-worker.ts', import.meta.url);

interface Pending {
  resolve(result: SqliteResult): void;
  reject(error: DatabaseError): void;
}

/** SQLite in a thread of its own: requests are answered in the order in which they were posted. */
export class SqliteThread implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #exited: Promise<unknown>;
  readonly #pending = new Map<number, Pending>();
  readonly #onCrash: (error: DatabaseError) => void;
  #ended: DatabaseError | undefined;
  #closing = false;
  #lastId = 0;

  /** @param onCrash told once when the thread ends without having been asked to. */
  constructor(data: SqliteWorkerData, onCrash: (error: DatabaseError) => void, workerUrl: URL = WORKER_URL) {
    this.#onCrash = onCrash;
    this.#worker = new Worker(workerUrl, {
      workerData: data,
      name: 'sqlite',
      // The relay's output is its log alone; node:sqlite still announces itself as experimental.
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    this.#exited = once(this.#worker, 'exit').catch(() => undefined);
    this.#worker.on('message', (reply: SqliteReply) => this.#settle(reply));
    this.#worker.on('error', (cause) => this.#crashed(cause));
    this.#worker.on('exit', (code) => this.#crashed(new Error(`SQLite thread exited with code ${code}`)));
  }

  /** Runs one query. */
  query(query: SqliteQuery): Promise<SqliteResult> {
    return this.#post((id) => ({ kind: 'query', id, query }));
  }

  /** Runs all queries in one transaction: all of them or none. */
  async batch(queries: SqliteQuery[]): Promise<void> {
    await this.#post((id) => ({ kind: 'batch', id, queries }));
  }

  /** What was posted before is answered; what comes after is rejected. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closing && this.#ended === undefined) {
      const closed = this.#post((id) => ({ kind: 'close', id }));
      this.#closing = true;
      await closed.catch(() => this.#worker.terminate());
    }
    await this.#exited;
  }

  #post(request: (id: number) => SqliteRequest): Promise<SqliteResult> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    if (this.#closing) return Promise.reject(new DatabaseError('closed', 'Cannot run query: the database is closed'));
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<SqliteResult>();
    // Posted first: a value that can't be copied throws here and must leave nothing behind.
    try {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      this.#worker.postMessage(request(id));
    } catch (cause) {
      return Promise.reject(new DatabaseError('failed', 'Cannot run query: a parameter is no SQL value', { cause }));
    }
    this.#pending.set(id, { resolve, reject });
    return promise;
  }

  #settle(reply: SqliteReply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if ('result' in reply) return pending?.resolve(reply.result);
    const { message, code, stack } = reply.error;
    const cause = Object.assign(new Error(message), { stack });
    pending?.reject(new DatabaseError(databaseErrorCode(code), `Cannot run query: ${message}`, { cause }));
  }

  #crashed(cause: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = new DatabaseError('closed', 'Cannot run query: the SQLite thread has ended', { cause });
    for (const { reject } of this.#pending.values()) reject(this.#ended);
    this.#pending.clear();
    if (!this.#closing) this.#onCrash(this.#ended);
  }
}
