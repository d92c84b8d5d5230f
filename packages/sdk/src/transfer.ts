import type { ExportQuery, ImportStatus } from '@cloudtolocalllm/protocol';
import type { CallOptions } from './account.ts';
import { wait } from './back-off.ts';
import { conversationPath } from './conversations.ts';
import type { Bytes, Transport } from './transport.ts';

/** Between looks at how far an import is. */
const PROGRESS_MS = 500;

export type TransferCalls = ReturnType<typeof transferCalls>;

type ExportOptions = CallOptions & Pick<ExportQuery, 'format'>;

/** Taking conversations along: out as JSON or Markdown, in from our own, ChatGPT's or Open WebUI's files. */
export function transferCalls(transport: Transport) {
  const status = (importId: string, options: CallOptions = {}) =>
    transport.json<ImportStatus>('GET', `${IMPORT_PATH}/${encodeURIComponent(importId)}`, options);

  return {
    /** One conversation as a file. */
    exportOne: (conversationId: string, { signal, format }: ExportOptions = {}): Promise<Blob> =>
      transport.blob('GET', `${conversationPath(conversationId)}/export`, { query: { format }, signal }),
    /** All of them as one file. */
    exportAll: ({ signal, format }: ExportOptions = {}): Promise<Blob> =>
      transport.blob('GET', '/api/chat/export', { query: { format }, signal }),
    /** Begins to import a file; `progress` tells how far it is. */
    import: (file: Bytes, options: CallOptions = {}): Promise<ImportStatus> =>
      transport.create<ImportStatus>(IMPORT_PATH, { ...options, bytes: { content: file, type: 'application/json' } }),
    importStatus: status,
    /** How far an import is, again and again until it has ended. */
    async *progress(importId: string, options: CallOptions = {}): AsyncGenerator<ImportStatus, void, undefined> {
      for (;;) {
        const now = await status(importId, options);
        yield now;
        if (now.status !== 'running') return;
        await wait(PROGRESS_MS, options.signal);
      }
    },
  };
}

const IMPORT_PATH = '/api/chat/import';
