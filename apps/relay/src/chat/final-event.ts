import { ERROR_STATUS, type AnswerMetadata, type ChatEvent } from '@cloudtolocalllm/protocol';
import type { Outcome } from './generation.ts';

/** The event that tells how a generation ended. */
export function finalEvent(
  messageId: string,
  outcome: Outcome,
  metadata: AnswerMetadata,
): Extract<ChatEvent, { type: 'complete' | 'error' }> {
  if (outcome.status === 'complete' || outcome.status === 'stopped') {
    const { totalTokens, status } = outcome;
    const isKnown = Object.keys(metadata).length > 0;
    return { type: 'complete', messageId, totalTokens, status, ...(isKnown && { metadata }) };
  }
  const { code, message } = outcome.error;
  return { type: 'error', messageId, error: code, message, code: ERROR_STATUS[code] };
}
