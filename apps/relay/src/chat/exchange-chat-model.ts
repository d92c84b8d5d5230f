import type { Exchange } from '@cloudtolocalllm/protocol';
import type { BridgeLink } from '../bridges/bridge-link.ts';
import { resetError } from '../bridges/reset-error.ts';
import { RelayError } from '../errors.ts';
import type { AnswerSink, EngineFigures, GenerateRequest } from './chat-model.ts';
import { engineErrorText, OllamaAnswer } from './ollama-answer.ts';

/** Of an engine's error body not much more than this is read. */
const MAX_ERROR_BODY_BYTES = 16 * 1024;
/** Written at once: what an exchange takes from its writer before it asks to wait. */
const WRITE_BYTES = 64 * 1024;
/** An engine that has not answered by then is loading its model, as far as a person can tell. */
const LOADING_AFTER_MS = 2000;

/**
 * Asks the engine behind a streaming bridge with Ollama's own `POST /api/chat` (docs/api.md of ollama/ollama), as an
 * exchange. Throws RelayError.
 */
export function generateByExchange(
  link: BridgeLink,
  request: GenerateRequest,
  sink: AnswerSink,
): Promise<{ totalTokens: number; figures: EngineFigures }> {
  const { model, signal } = request;
  const body = Buffer.from(JSON.stringify(bodyOf(request)));
  const made = Promise.withResolvers<{ totalTokens: number; figures: EngineFigures }>();
  const loading = setTimeout(() => sink.loading?.(), LOADING_AFTER_MS);
  const answer = new OllamaAnswer({
    text(content) {
      clearTimeout(loading);
      sink.text(content);
    },
    thinking(content) {
      clearTimeout(loading);
      sink.thinking?.(content);
    },
    toolCall(call) {
      clearTimeout(loading);
      sink.toolCall?.(call);
    },
  });
  const errorBody: Buffer[] = [];
  let errorBytes = 0;
  let status = 0;
  let written = 0;
  let exchange: Exchange;

  /** A fault found on this side: the engine has to stop, too. */
  function giveUp(error: unknown): void {
    exchange.reset('cancelled');
    made.reject(error);
  }

  function send(): void {
    while (written < body.length) {
      const end = Math.min(written + WRITE_BYTES, body.length);
      const mayGoOn = exchange.write(body.subarray(written, end));
      written = end;
      if (!mayGoOn) return;
    }
    exchange.end();
  }

  function onAbort(): void {
    giveUp(signal.reason);
  }

  try {
    signal.throwIfAborted();
    exchange = link.open(
      {
        method: 'POST',
        path: '/api/chat',
        headers: [
          'content-type',
          'application/json',
          'accept',
          'application/x-ndjson',
          'content-length',
          `${body.length}`,
        ],
      },
      {
        head(code) {
          status = code;
        },
        data(chunk) {
          try {
            if (status === 200) answer.push(chunk);
            else {
              errorBytes += chunk.length;
              errorBody.push(Buffer.from(chunk));
              if (errorBytes > MAX_ERROR_BODY_BYTES)
                throw headError(status, Buffer.concat(errorBody).toString(), model);
            }
            exchange.consumed(chunk.length);
          } catch (error) {
            giveUp(error);
          }
        },
        end() {
          try {
            if (status !== 200) throw headError(status, Buffer.concat(errorBody).toString(), model);
            made.resolve(answer.end());
          } catch (error) {
            made.reject(error);
          }
        },
        reset(code, reason) {
          made.reject(resetError(code, reason));
        },
        drain: send,
      },
    );
    signal.addEventListener('abort', onAbort, { once: true });
    send();
  } catch (error) {
    made.reject(error);
  }
  return made.promise.finally(() => {
    clearTimeout(loading);
    signal.removeEventListener('abort', onAbort);
  });
}

/** Ollama takes two of the options beside the others. */
function bodyOf({ model, messages, options = {} }: GenerateRequest) {
  const { keep_alive, think, ...rest } = options;
  return {
    model,
    messages,
    stream: true,
    ...(Object.keys(rest).length > 0 && { options: rest }),
    ...(keep_alive !== undefined && { keep_alive }),
    ...(think !== undefined && { think }),
  };
}

/** What an answer other than 200 means to the person who asked. */
function headError(status: number, body: string, model: string): RelayError {
  const text = engineErrorText(body);
  if (status === 404 && /model|not found/i.test(text)) {
    return new RelayError(
      'model_not_found',
      `The model "${model}" is not on your computer. Get it there with: ollama pull ${model}`,
    );
  }
  return new RelayError('engine_error', `The engine answered with an error (${status}): ${text || 'no reason given'}`);
}
