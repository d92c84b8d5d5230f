import { ERROR_STATUS, type ErrorCode } from '@cloudtolocalllm/protocol';
import type { BridgeMessageRow } from '../storage/tables.ts';

/** How a message of a queue ended. */
export type QueueEnd =
  | { status: 'complete' | 'cancelled'; totalTokens: number }
  | { status: 'failed' | 'expired' | 'interrupted'; error: { code: ErrorCode; message: string } };

/** What a bridge may say of its engine by code. */
const REPLY_CODES = [
  'engine_error',
  'engine_unreachable',
  'engine_timeout',
  'model_not_found',
  'policy_denied',
  'payload_too_large',
  'rate_limited',
] as const satisfies readonly ErrorCode[];
/** What is kept of a bridge's own words. */
const MAX_MESSAGE_CHARACTERS = 500;

export const EXPIRED: QueueEnd = {
  status: 'expired',
  error: { code: 'bridge_offline', message: 'Your computer did not begin with it in time, so it was given up.' },
};
export const NEVER_BACK: QueueEnd = interrupted('Your computer began with it and did not come back in time.');
export const CUT_OFF: QueueEnd = interrupted('The connection to your computer was lost in mid-answer.');
export const RELAY_STOPPED: QueueEnd & { status: 'interrupted' } = interrupted(
  'The relay was stopped while this answer was told.',
);
export const SILENT: QueueEnd = failed('engine_timeout', 'Your computer was silent for too long, so it was given up.');

export function failed(code: ErrorCode, message: string): QueueEnd {
  return { status: 'failed', error: { code, message } };
}

/** What a bridge's `chat_error` means. `interrupted`: it began before it was started again, and won't run it twice. */
export function endOfError({ code, message }: { code?: string | undefined; message: string }): QueueEnd {
  const words = message.trim().slice(0, MAX_MESSAGE_CHARACTERS) || 'The bridge gave no reason.';
  if (code === 'interrupted') return { status: 'interrupted', error: { code, message: words } };
  return failed(REPLY_CODES.find((name) => name === code) ?? 'engine_error', words);
}

function interrupted(reason: string): QueueEnd & { status: 'interrupted' } {
  return {
    status: 'interrupted',
    error: { code: 'interrupted', message: `${reason} What was said until then is kept.` },
  };
}

/** How a stored message ended. */
export function endOfRow(row: BridgeMessageRow): QueueEnd {
  const { status, total_tokens, error_code, error_message } = row;
  if (status === 'complete' || status === 'cancelled') return { status, totalTokens: total_tokens ?? 0 };
  const code = (Object.keys(ERROR_STATUS) as ErrorCode[]).find((name) => name === error_code) ?? 'internal_error'; // as: its keys
  const message = error_message ?? 'It did not end well.';
  return { status: status === 'queued' || status === 'running' ? 'failed' : status, error: { code, message } };
}
