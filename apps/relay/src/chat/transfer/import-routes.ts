import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { importId, type ImportStatus, importStatus, MAX_IMPORT_BYTES, newId } from '@cloudtolocalllm/protocol';
import { z } from 'zod';
import type { Api } from '../../api.ts';
import { RelayError } from '../../errors.ts';
import { CLIENT_TIMEOUTS, watchUpload } from '../../limits/slow-clients.ts';
import { Imports, type ImportsOptions } from './imports.ts';
import { receiveFile } from './receive-file.ts';

/** Files that are being imported, below the relay's own folder: they are as private as the database. */
const FOLDER = 'imports';

export interface ImportRoutesOptions extends Omit<ImportsOptions, 'log'> {
  /** Where the relay keeps what is its own; absent: the system's folder for temporary files. */
  config?: { dataDir: string };
  maxImportBytes?: number;
  /** Those that run; absent: of these routes alone. */
  imports?: Imports;
}

const path = '/api/chat/import';
const file = z.unknown().meta({
  description: 'The file: an export of this program, conversations.json of ChatGPT, or an export of Open WebUI.',
  examples: [{ format: 'cloudtolocalllm', version: 1, exported: '2025-06-20T17:00:00.000Z', conversations: [] }],
});

/** Conversations from files. In a scope of its own: the body is written to a file as it comes, and parsed elsewhere. */
export async function importRoutes(api: Api, options: ImportRoutesOptions): Promise<void> {
  const { config, maxImportBytes = MAX_IMPORT_BYTES } = options;
  const folder = config === undefined ? tmpdir() : join(config.dataDir, FOLDER);
  const { imports = new Imports({ ...options, log: api.log }) } = options;
  // A relay that was killed may have left some.
  if (config !== undefined) api.addHook('onReady', async () => rm(folder, { recursive: true, force: true }));
  api.addHook('onClose', async () => imports[Symbol.asyncDispose]());

  api.removeAllContentTypeParsers();
  api.addContentTypeParser('application/json', (_request, payload, done) => done(null, payload));

  api.post(
    path,
    {
      bodyLimit: maxImportBytes,
      config: { access: 'chat', stream: true, idempotent: 'import' },
      schema: {
        operationId: 'importChats',
        summary: 'Import conversations from a file',
        description:
          'Takes up to 200 MB and answers when the file has arrived; `GET /api/chat/import/{importId}` says how far ' +
          'it is. One at a time. What was imported before is skipped, so that importing a file again adds what is new.',
        tags: ['Chat'],
        consumes: ['application/json'],
        body: file,
        response: { 200: importStatus },
      },
    },
    async (request, reply): Promise<ImportStatus> => {
      const userId = request.user.id;
      const id = request.resourceId ?? newId('import');
      const earlier = request.isRetry ? imports.status(userId, id) : undefined;
      // Refused or broken off: what is left of the body is not waited for.
      void reply.header('connection', 'close');
      if (earlier !== undefined) return earlier;
      const claim = imports.claim(userId);
      try {
        watchUpload(request.raw, CLIENT_TIMEOUTS.uploadIdleMs);
        const received = join(folder, `${newId('import')}.json`);
        await receiveFile(request.body as IncomingMessage, received, maxImportBytes); // as: the parser above passes it on
        void reply.removeHeader('connection');
        return imports.begin(claim, { userId, importId: id, path: received });
      } catch (error) {
        claim[Symbol.dispose]();
        throw error;
      }
    },
  );

  api.get(
    `${path}/:importId`,
    {
      config: { access: 'chat' },
      schema: {
        operationId: 'getImport',
        summary: 'See how far an import is',
        description:
          'The newest one is remembered until the relay is restarted; repeating an import skips what is there.',
        tags: ['Chat'],
        params: z.object({ importId }),
        response: { 200: importStatus },
      },
    },
    async (request): Promise<ImportStatus> => {
      const status = imports.status(request.user.id, request.params.importId);
      if (status === undefined)
        throw new RelayError('not_found', 'There is no such import, or the relay was restarted since.');
      return status;
    },
  );
}
