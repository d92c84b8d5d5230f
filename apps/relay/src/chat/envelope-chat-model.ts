import { MAX_ENVELOPE_BYTES, type ChatRequest, type ErrorCode } from '@cloudtolocalllm/protocol';
import type { BridgeLink, ChatReply } from '../bridges/bridge-link.ts';
import { RelayError } from '../errors.ts';
import type { AnswerSink, GenerateRequest } from './chat-model.ts';

/** What a bridge may say of its engine by code. */
const REPLY_CODES = [
  'engine_error',
  'engine_unreachable',
  'engine_timeout',
  'model_not_found',
  'policy_denied',
  'payload_too_large',
] as const satisfies readonly ErrorCode[];
/** What is shown of a bridge's own words. */
const MAX_MESSAGE_CHARACTERS = 500;

/**
 * Asks a bridge that speaks only the specification's envelopes: `chat_request` out, `chat_chunk`, `chat_complete` and
 * `chat_error` in, `chat_cancel` when nobody wants the answer any more. Throws RelayError.
 */
export function generateByEnvelopes(
  link: BridgeLink,
  request: GenerateRequest,
  sink: AnswerSink,
): Promise<{ totalTokens: number }> {
  const { model, messages, options, signal } = request;
  const id = crypto.randomUUID();
  const made = Promise.withResolvers<{ totalTokens: number }>();
  let pieces = 0;
  let replies: Disposable | undefined;

  function message(reply: ChatReply): void {
    if (reply.type === 'chat_complete') made.resolve({ totalTokens: reply.payload.totalTokens ?? pieces });
    else if (reply.type === 'chat_error') made.reject(replyError(reply.payload));
    else if (reply.type === 'chat_chunk') {
      const { thinking = '', content } = reply.payload;
      if (thinking !== '' || content !== '') pieces++;
      if (thinking !== '') sink.thinking?.(thinking);
      if (content !== '') sink.text(content);
    }
  }

  function onAbort(): void {
    link.send({
      type: 'chat_cancel',
      id: crypto.randomUUID(),
      timestamp: new Date().toISOString(),
      payload: { requestId: id },
    });
    made.reject(signal.reason);
  }

  try {
    signal.throwIfAborted();
    const envelope = {
      type: 'chat_request',
      id,
      timestamp: new Date().toISOString(),
      payload: { model, messages: [...messages], stream: true, ...(options && { options }) },
    } satisfies ChatRequest;
    if (Buffer.byteLength(JSON.stringify(envelope)) > MAX_ENVELOPE_BYTES) {
      throw new RelayError('payload_too_large', 'The conversation is too large for this bridge. Start a new one.');
    }
    replies = link.request(envelope, {
      message,
      lost: () => {
        made.reject(
          new RelayError(
            'bridge_offline',
            'The connection to your computer was lost in mid-answer. Ask again when it is back.',
          ),
        );
      },
    });
    signal.addEventListener('abort', onAbort, { once: true });
  } catch (error) {
    made.reject(error);
  }
  return made.promise.finally(() => {
    signal.removeEventListener('abort', onAbort);
    replies?.[Symbol.dispose]();
  });
}

/** A third party's code counts when it says something about its engine; anything else is the engine's error. */
function replyError({ code, message }: { code?: string; message: string }): RelayError {
  const known = REPLY_CODES.find((name) => name === code);
  return new RelayError(
    known ?? 'engine_error',
    message.trim().slice(0, MAX_MESSAGE_CHARACTERS) || 'The bridge gave no reason.',
  );
}
