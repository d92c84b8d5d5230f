import type { PullEvent } from '@cloudtolocalllm/protocol';
import { ApiError, networkError } from './api-error.ts';
import { decodeNdjson } from './ndjson.ts';
import { readBytes } from './read-bytes.ts';
import { pauseAfter, RESUME_PACE, type RetryPolicy } from './retry.ts';

/**
 * The progress of a download over as many connections as it takes: engines go on from what they have, so the same
 * request goes on as well.
 */
export async function* pullEvents(
  open: () => Promise<ReadableStream<Uint8Array>>,
  { signal, retry }: { signal: AbortSignal; retry: RetryPolicy },
): AsyncGenerator<PullEvent, void, undefined> {
  let failures = 0;
  for (;;) {
    let problem: unknown = new Error('The stream ended before the download did');
    try {
      for await (const line of decodeNdjson(readBytes(await open(), { onBytes: () => (failures = 0) }))) {
        // The relay's lines follow the schema; unknown types are passed on and ignored by who reads them.
        const event = line as PullEvent;
        yield event;
        if (event.type === 'complete' || event.type === 'error') return;
      }
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof ApiError && !error.isUnsettled) throw error;
      problem = error;
    }
    failures += 1;
    await pauseAfter(problem instanceof ApiError ? problem : networkError('follow the download', problem), {
      attempt: failures,
      tries: retry.resumes,
      ...RESUME_PACE,
      maxWaitMs: retry.maxWaitMs,
      signal,
    });
  }
}
