import type { ExportQuery, ImportStatus } from '@cloudtolocalllm/protocol';
import type { CallOptions, CreateOptions } from './account.ts';
import { ApiError } from './api-error.ts';
import { wait } from './back-off.ts';
import { conversationPath } from './conversations.ts';
import { endable } from './endable.ts';
import { pauseAfter, RESUME_PACE } from './retry.ts';
import type { Bytes, Transport } from './transport.ts';

/** Between looks at how far an import is. */
const PROGRESS_MS = 500;

export type TransferCalls = ReturnType<typeof transferCalls>;

type ExportOptions = CallOptions & Pick<ExportQuery, 'format'>;

/** Taking conversations along: out as JSON or Markdown, in from our own, ChatGPT's or Open WebUI's files. */
export function transferCalls(transport: Transport) {
  const status = (importId: string, options: CallOptions = {}): Promise<ImportStatus> =>
    transport.json<ImportStatus>('GET', `${IMPORT_PATH}/${encodeURIComponent(importId)}`, options);

  return {
    /** One conversation as a file. */
    exportOne: (conversationId: string, { signal, format }: ExportOptions = {}): Promise<Blob> =>
      transport.blob('GET', `${conversationPath(conversationId)}/export`, { query: { format }, signal }),
    /** All of them as one file. */
    exportAll: ({ signal, format }: ExportOptions = {}): Promise<Blob> =>
      transport.blob('GET', '/api/chat/export', { query: { format }, signal }),
    /** Begins to import a file; `progress` tells how far it is. */
    import: (file: Bytes, options: CreateOptions = {}): Promise<ImportStatus> =>
      transport.create<ImportStatus>(IMPORT_PATH, { ...options, bytes: { content: file, type: 'application/json' } }),
    importStatus: status,
    /** How far an import is, again and again until it has ended, over network cuts and restarts of the relay. */
    progress: (importId: string, options: CallOptions = {}): AsyncGenerator<ImportStatus, void, undefined> =>
      endable(options.signal, (signal) => progress(importId, signal)),
  };

  async function* progress(importId: string, signal: AbortSignal): AsyncGenerator<ImportStatus, void, undefined> {
    for (let failures = 0; ;) {
      try {
        const now = await status(importId, { signal });
        failures = 0;
        yield now;
        if (now.status !== 'running') return;
        await wait(PROGRESS_MS, signal);
      } catch (error) {
        if (!(error instanceof ApiError) || !error.shouldRetry()) throw error;
        failures += 1;
        const { resumes, maxWaitMs } = transport.retry;
        await pauseAfter(error, { attempt: failures, tries: resumes, ...RESUME_PACE, maxWaitMs, signal });
      }
    }
  }
}

const IMPORT_PATH = '/api/chat/import';
