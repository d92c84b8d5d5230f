import type { Exchange } from '@cloudtolocalllm/protocol';
import type { BridgeLink } from '../bridges/bridge-link.ts';
import { resetError } from '../bridges/reset-error.ts';
import { engineErrorText } from '../chat/ollama-answer.ts';
import { RelayError } from '../errors.ts';

const ANSWER_TIMEOUT_MS = 30_000;
/** Of an engine's answer: a thousand models with all that is said of them, or one with its licence and its tensors. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

export interface EngineRequest {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  body?: object;
  /** An engine that takes longer is given up; lists and the like come at once. */
  timeoutMs?: number;
}

export interface EngineAnswer {
  status: number;
  body: string;
}

/**
 * Asks the engine behind a streaming bridge and reads its whole answer.
 * @throws RelayError bridge_offline, rate_limited, policy_denied, engine_unreachable, engine_timeout, or engine_error for
 * an answer that is too large.
 */
export async function askEngine(link: Pick<BridgeLink, 'open'>, request: EngineRequest): Promise<EngineAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<EngineAnswer>();
  const { timeoutMs = ANSWER_TIMEOUT_MS } = request;
  const chunks: Buffer[] = [];
  let bytes = 0;
  let status = 0;
  const exchange = openEngineRequest(link, request, {
    head: (code) => void (status = code),
    data(chunk) {
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) {
        return giveUp('engine_error', `The engine answered with more than ${MAX_ANSWER_BYTES} bytes.`);
      }
      chunks.push(Buffer.from(chunk)); // a view into a larger message
      exchange.consumed(chunk.length);
    },
    end: () => resolve({ status, body: Buffer.concat(chunks).toString() }),
    reset: (code, reason) => reject(resetError(code, reason)),
  });
  function giveUp(code: 'engine_error' | 'engine_timeout', message: string): void {
    exchange.reset('cancelled', message);
    reject(new RelayError(code, message));
  }
  const timer = setTimeout(
    giveUp,
    timeoutMs,
    'engine_timeout',
    `The engine gave no answer within ${timeoutMs / 1000} s.`,
  );
  return promise.finally(() => clearTimeout(timer));
}

/** Opens the exchange and sends its JSON body, which is small. Throws RelayError. */
export function openEngineRequest(
  link: Pick<BridgeLink, 'open'>,
  { method, path, body }: EngineRequest,
  receiver: Parameters<BridgeLink['open']>[1],
): Exchange {
  const bytes = body && Buffer.from(JSON.stringify(body));
  const headers = ['accept', 'application/json, application/x-ndjson'];
  if (bytes) headers.push('content-type', 'application/json', 'content-length', `${bytes.length}`);
  const exchange = link.open({ method, path, headers }, receiver);
  if (bytes) exchange.write(bytes);
  exchange.end();
  return exchange;
}

/** What an answer other than 200 means; of a model, when the request was about one. */
export function engineFailure({ status, body }: EngineAnswer, model?: string): RelayError {
  const text = engineErrorText(body);
  if (model !== undefined && status === 404 && /not found/i.test(text)) {
    return new RelayError('model_not_found', `The model "${model}" is not on that computer.`);
  }
  return new RelayError('engine_error', `The engine answered with an error (${status}): ${text || 'no reason given'}`);
}

/** The JSON object of a good answer. @throws RelayError engine_error */
export function answeredObject(answer: EngineAnswer, model?: string): Record<string, unknown> {
  if (answer.status !== 200) throw engineFailure(answer, model);
  let value: unknown;
  try {
    value = JSON.parse(answer.body);
  } catch {
    throw new RelayError('engine_error', 'The engine answered with something that is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RelayError('engine_error', 'The engine answered with something that is not a JSON object.');
  }
  return value as Record<string, unknown>; // as: checked above
}
