import { MAX_IMPORT_BYTES, type Client, type ImportStatus } from '@cloudtolocalllm/sdk';
import { describeFailure, type Failure } from './failure.ts';
import type { TextsNow } from './language.ts';
import { createStore, type ReadableStore } from './store.ts';

type Import = { phase: 'idle' | 'sending' | 'running' | 'over' | 'failed'; status?: ImportStatus; failure?: Failure };

export type ImportStore = ReadableStore<Import> & { start(file: Blob): Promise<void>; reset(): void };

const MEGABYTE = 1024 * 1024;

export type ImportOptions = {
  calls: Pick<Client['transfer'], 'import' | 'progress'>;
  onImported: () => void;
  texts: TextsNow;
};

/** Bringing conversations along from a file, one file at a time. */
export function createImport({ calls, onImported, texts }: ImportOptions): ImportStore {
  const store = createStore<Import>({ phase: 'idle' });
  return {
    get: store.get,
    subscribe: store.subscribe,
    async start(file) {
      if (file.size > MAX_IMPORT_BYTES) {
        const title = texts.get().failures.fileTooLarge(MAX_IMPORT_BYTES / MEGABYTE);
        return store.set({ phase: 'failed', failure: { code: 'file_too_large', title } });
      }
      store.set({ phase: 'sending' });
      try {
        const { importId } = await calls.import(file);
        for await (const status of calls.progress(importId)) {
          store.set({ phase: status.status === 'running' ? 'running' : 'over', status });
        }
        onImported();
      } catch (error) {
        store.update(({ status }) => ({ phase: 'failed', status, failure: describeFailure(error) }));
      }
    },
    reset: () => store.set({ phase: 'idle' }),
  };
}
