import type { ChatRequest, Exchange, ResetCode } from '@cloudtolocalllm/protocol';
import type { Forward } from '../engines/forwarded-exchange.ts';
import { AnswerLines, EngineError, engineErrorText } from './answer-lines.ts';

const CHAT_PATH = '/api/chat';
/** Of an answer that is not 200, this much is read. */
const MAX_ERROR_BYTES = 64 * 1024;
/** Where nobody else sees it. */
const NO_ID = 0;

/**
 * Asks the engine that has the model, on the way of all exchanges: policy, turn and translation are theirs. `said` is
 * called with each piece. Throws EngineError, or the signal's reason. Source: docs/api.md of ollama/ollama.
 */
export function askEngine(
  forward: Forward,
  payload: ChatRequest['payload'],
  said: (content: string, thinking: string) => void,
  signal: AbortSignal,
): Promise<{ totalTokens?: number }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ totalTokens?: number }>();
  const body = Buffer.from(JSON.stringify(engineRequest(payload)));
  const lines = new AnswerLines(said);
  const errorBody: Buffer[] = [];
  let errorBytes = 0;
  let status = 0;

  function giveUp(error: unknown): void {
    reject(error);
    receiver.reset(error instanceof EngineError ? 'engine_failed' : 'cancelled', '');
  }
  const exchange: Exchange = {
    id: NO_ID,
    head: (code) => void (status = code),
    write(chunk: Buffer) {
      try {
        if (status === 200) lines.push(chunk);
        else if ((errorBytes += chunk.length) <= MAX_ERROR_BYTES) errorBody.push(chunk);
      } catch (error) {
        giveUp(error);
      }
      return true;
    },
    end() {
      try {
        if (status !== 200) throw refusal(status, Buffer.concat(errorBody).toString());
        resolve(lines.end());
      } catch (error) {
        reject(error);
      }
    },
    reset: (code, reason = '') => reject(resetError(code, reason)),
    consumed() {},
  };
  const headers = ['content-type', 'application/json', 'content-length', `${body.length}`];
  const receiver = forward({ method: 'POST', path: CHAT_PATH, headers, model: payload.model }, exchange);
  const onAbort = (): void => giveUp(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  receiver.data(body);
  receiver.end();
  if (signal.aborted) onAbort();
  return promise.finally(() => signal.removeEventListener('abort', onAbort));
}

function engineRequest({ model, messages, options = {} }: ChatRequest['payload']): object {
  const { keep_alive, think, ...modelOptions } = options;
  return {
    model,
    messages,
    stream: true,
    ...(Object.keys(modelOptions).length > 0 && { options: modelOptions }),
    ...(keep_alive !== undefined && { keep_alive }),
    ...(think !== undefined && { think }),
  };
}

function refusal(status: number, body: string): EngineError {
  const words = engineErrorText(body) || `The engine answered ${status}.`;
  const code = status === 404 ? 'model_not_found' : status === 503 ? 'rate_limited' : 'engine_error';
  return new EngineError(code, words);
}

function resetError(code: ResetCode, reason: string): EngineError {
  switch (code) {
    case 'policy_denied':
      return new EngineError('policy_denied', reason);
    case 'engine_unreachable':
      return new EngineError('engine_unreachable', reason || 'The engine on your computer does not answer.');
    case 'idle_timeout':
      return new EngineError('engine_timeout', 'The engine was silent for too long, so it was given up.');
    case 'refused':
      return new EngineError('rate_limited', reason);
    default:
      return new EngineError('engine_error', 'The engine broke off in mid-answer.');
  }
}
