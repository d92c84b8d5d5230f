import { setImmediate as turn } from 'node:timers/promises';
import { type ImportStatus } from '@cloudtolocalllm/protocol';
import { RelayError } from '../../errors.ts';
import type { UserEvents } from '../../fabric/user-events.ts';
import { DatabaseError } from '../../storage/database-error.ts';
import type { RelayDatabase } from '../../storage/database.ts';
import type { ImportStep } from './import-steps.ts';
import { ImportWriter } from './import-writer.ts';

/** Those that are told one by one. */
const MAX_PROBLEMS = 1_000;
/** Open devices are told of every so many conversations, and of the last one: they read the whole list anew. */
const TOLD_EVERY = 50;

export interface RunImportOptions {
  database: RelayDatabase;
  userId: string;
  /** How far it is: changed in place. */
  status: ImportStatus;
  /** The next step; `wanted` answers an `entry`. */
  next(wanted?: boolean): Promise<ImportStep | undefined>;
  events?: Pick<UserEvents, 'publish'> | undefined;
  signal: AbortSignal;
}

/**
 * Stores what the thread reads, a step at a time; between them everybody else gets a turn. What is wrong with one
 * conversation is noted and the next one comes.
 * @throws Error when it can't go on: the database is lost, or the signal says so.
 */
export async function runImport({ database, userId, status, next, events, signal }: RunImportOptions): Promise<void> {
  let writer: ImportWriter | undefined;
  let entry: Extract<ImportStep, { kind: 'entry' }> | undefined;
  let untold: string | undefined;
  const tell = (): void => {
    if (untold !== undefined) events?.publish(userId, { type: 'conversation', conversationId: untold });
    untold = undefined;
  };
  const failed = (message: string, { entry: place, title }: { entry: number; title: string | undefined }): void => {
    status.failed++;
    if (status.problems.length < MAX_PROBLEMS) {
      status.problems.push({ entry: place, ...(title !== undefined && { title }), message });
    }
  };
  try {
    for (let step = await next(); step !== undefined;) {
      signal.throwIfAborted();
      let wanted = false;
      switch (step.kind) {
        case 'counted':
          status.total = step.total;
          break;
        case 'entry':
          entry = step;
          status.format ??= step.format;
          wanted = !(await isThere(database, userId, step));
          if (wanted) writer = new ImportWriter({ database, userId, from: step.from });
          else status.skipped++;
          break;
        case 'problem':
          await writer?.abandon();
          writer = undefined;
          failed(step.message, step);
          break;
        case 'failed':
          status.error = step.message;
          break;
        default:
          try {
            await writer?.write(step);
            if (step.kind !== 'done' || writer === undefined) break;
            status.imported++;
            untold = writer.conversationId;
            if (status.imported % TOLD_EVERY === 0) tell();
            writer = undefined;
          } catch (error) {
            if (entry === undefined || !isOfOne(error)) throw error;
            // The rest of it is read and left out.
            await writer?.abandon();
            writer = undefined;
            failed(error instanceof RelayError ? error.message : 'It cannot be stored.', entry);
          }
      }
      await turn();
      step = await next(wanted);
    }
  } finally {
    tell();
    await writer?.abandon();
  }
}

/** Whether it was imported before, or was exported from here and never left. */
async function isThere(
  { kysely }: RelayDatabase,
  userId: string,
  { from, ownId }: { from: string; ownId: string | undefined },
): Promise<boolean> {
  const row = await kysely
    .selectFrom('conversations')
    .select('id')
    .where('user_id', '=', userId)
    .where(({ eb, or, and }) =>
      or([
        eb('imported_from', '=', from),
        ...(ownId === undefined ? [] : [and([eb('id', '=', ownId), eb('deleted', 'is', null)])]),
      ]),
    )
    .executeTakeFirst();
  return row !== undefined;
}

/** Whether it says something of this conversation alone. */
function isOfOne(error: unknown): boolean {
  return error instanceof RelayError || (error instanceof DatabaseError && error.code === 'constraint');
}
