import type { ErrorCode, ResetCode } from '@cloudtolocalllm/protocol';
import { RelayError } from '../errors.ts';

/** What an exchange's early end means to the person who asked. */
const MEANING: Record<ResetCode, { code: ErrorCode; message: string }> = {
  cancelled: { code: 'engine_error', message: 'The answer was cancelled on your computer.' },
  engine_unreachable: {
    code: 'engine_unreachable',
    message: 'Your computer is online, but its engine does not answer. Start Ollama there and ask again.',
  },
  engine_failed: { code: 'engine_error', message: 'The engine ended in mid-answer. Ask again to get a whole one.' },
  policy_denied: { code: 'policy_denied', message: 'The bridge on your computer does not allow this request.' },
  idle_timeout: { code: 'engine_timeout', message: 'The engine was silent for too long, so its answer was given up.' },
  too_large: { code: 'payload_too_large', message: 'The request is too large for the engine on your computer.' },
  refused: { code: 'rate_limited', message: 'Your computer has too many requests running. Try again in a moment.' },
  shutting_down: {
    code: 'bridge_offline',
    message: 'The bridge on your computer was stopped. Start it and ask again.',
  },
  link_lost: {
    code: 'bridge_offline',
    message: 'The connection to your computer was lost for too long. Ask again when it is back.',
  },
  proxy_denied: { code: 'forbidden', message: 'This proxy does not let this request through.' },
  proxy_limit: { code: 'rate_limited', message: 'A limit of this proxy is used up.' },
  proxy_ended: { code: 'interrupted', message: 'This proxy ended while it answered.' },
  protocol_error: { code: 'bridge_offline', message: 'The connection to your computer broke. Ask again in a moment.' },
};

/** What a policy or a proxy refuses, and why, is said by them alone. */
const OWN_WORDS: ReadonlySet<ResetCode> = new Set(['policy_denied', 'proxy_denied', 'proxy_limit', 'proxy_ended']);

/** The error of an exchange that was reset by the bridge or with its link. */
export function resetError(code: ResetCode, reason: string): RelayError {
  const meaning = MEANING[code];
  return new RelayError(meaning.code, OWN_WORDS.has(code) && reason ? reason : meaning.message);
}
