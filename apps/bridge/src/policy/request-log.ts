import type { RequestRecord } from '../daemon/observed-request.ts';
import type { PolicySettings } from './policy-settings.ts';
import { printable } from '../printable.ts';

/** Of a path or name that a relay sent. */
const MAX_SHOWN = 120;

/** The line for a request, or undefined when it is not to be logged. */
export function requestLine(record: RequestRecord, requests: PolicySettings['log']['requests']): string | undefined {
  const { method, path, model, status, bytes, durationMs, error } = record;
  const failed = error !== undefined || (status ?? 0) >= 400;
  if (requests === 'none' || (requests === 'errors' && !failed)) return undefined;
  const words = [
    'request',
    method.slice(0, 16),
    path.slice(0, MAX_SHOWN),
    model === undefined ? '-' : model.slice(0, MAX_SHOWN),
    status === undefined ? '-' : String(status),
    `${bytes} B`,
    `${Math.round(durationMs)} ms`,
    ...(error === undefined ? [] : [error]),
  ];
  return printable(words.join(' '));
}
