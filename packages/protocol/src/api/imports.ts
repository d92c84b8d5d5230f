import { z } from 'zod';
import { EXAMPLE_UUID, importId } from '../ids.ts';

/** A file of conversations that is imported, in bytes. */
export const MAX_IMPORT_BYTES = 200 * 1024 * 1024;

/** `GET /api/chat/export` and `GET /api/chat/conversations/{conversationId}/export`. */
export const exportQuery = z.object({ format: z.enum(['json', 'markdown']).default('json') });
export type ExportQuery = z.input<typeof exportQuery>;

/** Which program wrote the file. */
export const importFormat = z.enum(['cloudtolocalllm', 'chatgpt', 'open-webui']);
export type ImportFormat = z.infer<typeof importFormat>;

/** `POST /api/chat/import` with the file as body, and `GET /api/chat/import/{importId}`: how far it is. */
export const importStatus = z
  .object({
    importId,
    status: z.enum(['running', 'complete', 'failed']),
    format: importFormat.optional(),
    total: z.int().meta({ description: 'Conversations in the file.' }),
    imported: z.int(),
    skipped: z.int().meta({ description: 'Those that were imported before.' }),
    failed: z.int(),
    problems: z
      .array(z.object({ entry: z.int(), title: z.string().optional(), message: z.string() }))
      .meta({ description: 'One for each conversation that could not be imported, by its place in the file from 0.' }),
    error: z.string().optional().meta({ description: 'Why nothing more could be imported.' }),
  })
  .meta({
    id: 'ImportStatus',
    examples: [
      {
        importId: `import-${EXAMPLE_UUID}`,
        status: 'complete',
        format: 'chatgpt',
        total: 3,
        imported: 2,
        skipped: 0,
        failed: 1,
        problems: [{ entry: 1, title: 'Trip', message: 'It has no messages.' }],
      },
    ],
  });
export type ImportStatus = z.infer<typeof importStatus>;
