import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { ChatRequest } from '@cloudtolocalllm/protocol';
import type { Policy } from '../policy.ts';
import { AnswerLines, EngineError, engineErrorText } from './answer-lines.ts';

export const CHAT_PATH = '/api/chat';
/** As for exchanges: a model may load for minutes, and one slot means a queue. */
const HEAD_TIMEOUT_MS = 60 * 60_000;
const IDLE_TIMEOUT_MS = 15 * 60_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** Of an answer that is not 200, this much is read. */
const MAX_ERROR_BYTES = 64 * 1024;

export interface Engine {
  /** Its origin, fixed here: nothing that a relay sends can change it. */
  url: URL;
  policy: Policy;
  idleTimeoutMs?: number;
}

/**
 * Asks the engine, as far as the policy allows; `said` is called with each piece. Throws EngineError, or the signal's
 * reason. Source: docs/api.md of ollama/ollama.
 */
export async function askEngine(
  { url, policy, idleTimeoutMs = IDLE_TIMEOUT_MS }: Engine,
  payload: ChatRequest['payload'],
  said: (content: string, thinking: string) => void,
  signal: AbortSignal,
): Promise<{ totalTokens?: number }> {
  const verdict = policy.check('POST', CHAT_PATH);
  if (!verdict.allowed) throw new EngineError('policy_denied', verdict.reason);
  const body = Buffer.from(JSON.stringify(engineRequest(payload)));
  const make = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  const outgoing = make(url, { method: 'POST', path: verdict.path, headers, signal, agent: false });
  let isSilent = false;
  outgoing.setTimeout(HEAD_TIMEOUT_MS, () => {
    isSilent = true;
    outgoing.destroy();
  });
  try {
    const response = await answered(outgoing.end(body));
    outgoing.setTimeout(idleTimeoutMs);
    if (response.statusCode !== 200) throw await refusal(response);
    const lines = new AnswerLines(said);
    for await (const chunk of response) lines.push(chunk as Buffer); // as: no encoding is set
    return lines.end();
  } catch (error) {
    signal.throwIfAborted();
    if (isSilent) throw new EngineError('engine_timeout', 'The engine was silent for too long, so it was given up.');
    if (error instanceof EngineError) throw error;
    throw new EngineError('engine_error', 'The engine broke off in mid-answer.');
  } finally {
    outgoing.destroy();
  }
}

function answered(outgoing: ClientRequest): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  outgoing
    .on('response', resolve)
    .on('upgrade', (_response, socket) => {
      socket.destroy();
      reject(new EngineError('engine_error', 'The engine answered with another protocol.'));
    })
    .on('error', ({ code }: NodeJS.ErrnoException) => {
      const hasSpoken = code?.startsWith('HPE_') === true; // of the HTTP parser
      reject(
        hasSpoken
          ? new EngineError('engine_error', 'The engine sent what is no answer.')
          : new EngineError('engine_unreachable', 'The engine on your computer does not answer.'),
      );
    })
    .on('socket', (socket) => {
      const timer = setTimeout(() => outgoing.destroy(new Error('connecting took too long')), CONNECT_TIMEOUT_MS);
      socket.once('connect', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
    });
  return promise;
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

async function refusal(response: IncomingMessage): Promise<EngineError> {
  const { statusCode = 0 } = response;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer); // as: no encoding is set
    bytes += (chunk as Buffer).length;
    if (bytes > MAX_ERROR_BYTES) break;
  }
  const words = engineErrorText(Buffer.concat(chunks).toString()) || `The engine answered ${statusCode}.`;
  return new EngineError(statusCode === 404 ? 'model_not_found' : 'engine_error', words);
}
