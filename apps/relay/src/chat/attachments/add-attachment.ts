import { createHash } from 'node:crypto';
import type { RelayDatabase } from '../../storage/database.ts';
import { RelayError } from '../../errors.ts';
import type { AttachmentRow } from '../../storage/tables.ts';
import type { AttachmentStore } from './attachment-store.ts';

/** What one person may keep: no one of them fills the disk. */
export interface AttachmentLimits {
  /** Of all contents, each once. */
  bytes: number;
  /** However small: each is counted when the next one comes. */
  files: number;
  /** Those that no message uses: more than anybody has open in a composer. */
  unused: number;
}
export const ATTACHMENT_LIMITS: AttachmentLimits = { bytes: 1024 ** 3, files: 10_000, unused: 200 };

/** Unused files are looked for once an hour. */
const RETRY_AFTER_SECONDS = 60 * 60;

/**
 * Stores a file; content that its owner has already is not stored again.
 * @throws RelayError payload_too_large when the owner's files fill their space, rate_limited when too many are unused.
 */
export async function addAttachment(
  { database, store }: { database: RelayDatabase; store: AttachmentStore },
  { bytes, ...file }: Omit<AttachmentRow, 'hash' | 'size'> & { bytes: Buffer },
  limits: AttachmentLimits = ATTACHMENT_LIMITS,
): Promise<AttachmentRow> {
  const row = { ...file, hash: createHash('sha256').update(bytes).digest('base64url'), size: bytes.length };
  const used = await store.usage(row.user_id, row.hash);
  if (used.unused >= limits.unused) {
    throw new RelayError(
      'rate_limited',
      `You have ${used.unused} files that no message uses: delete some, or wait until they are a day old.`,
      { retryAfter: RETRY_AFTER_SECONDS },
    );
  }
  const bytesAfter = used.bytes + (used.hasContent ? 0 : row.size);
  if (used.files >= limits.files || bytesAfter > limits.bytes) {
    throw new RelayError(
      'payload_too_large',
      `Your files fill the space you have (${limits.files} files, ${limits.bytes} bytes): ` +
        'delete conversations with files that you no longer need.',
    );
  }
  await database.batch(store.added(row, bytes));
  return row;
}
