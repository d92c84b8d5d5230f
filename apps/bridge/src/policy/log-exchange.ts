import type { Exchange, ExchangeReceiver, ExchangeRequest } from '@cloudtolocalllm/protocol';
import type { RequestRecord } from './request-log.ts';

/** How the answers of Ollama and OpenAI begin; what is behind the model's name may be content and is not looked at. */
const MODEL =
  /^(?:data: )?\{\s*(?:"(?:id|object|created|created_at)":\s*(?:"[^"\\]{0,100}"|\d{1,20}),\s*)*"model":\s*"([^"\\]{1,120})"/;
const MAX_START = 500;

/** Stands between the link and whoever forwards, and tells how it went when it is over. */
export function logExchange(
  { method, path }: ExchangeRequest,
  exchange: Exchange,
  accept: (exchange: Exchange) => ExchangeReceiver,
  ended: (record: RequestRecord) => void,
  now: () => number = () => performance.now(),
): ExchangeReceiver {
  const startedAt = now();
  const record: RequestRecord = {
    method,
    path: path.split('?', 1)[0] ?? '',
    model: undefined,
    status: undefined,
    bytes: 0,
    durationMs: 0,
    error: undefined,
  };
  let isOver = false;
  const end = (error?: string): void => {
    if (isOver) return;
    isOver = true;
    ended({ ...record, error, durationMs: now() - startedAt });
  };
  const receiver = accept({
    id: exchange.id,
    head(status, headers) {
      record.status = status;
      exchange.head(status, headers);
    },
    write(chunk) {
      if (record.bytes === 0) record.model = modelOf(chunk);
      record.bytes += chunk.length;
      return exchange.write(chunk);
    },
    end() {
      exchange.end();
      end();
    },
    reset(code, reason) {
      exchange.reset(code, reason);
      end(code);
    },
    consumed: (bytes) => exchange.consumed(bytes),
  });
  return {
    data: (chunk) => receiver.data(chunk),
    end: () => receiver.end(),
    reset(code, reason) {
      receiver.reset(code, reason);
      end(code);
    },
    drain: () => receiver.drain?.(),
  };
}

function modelOf(chunk: Uint8Array): string | undefined {
  const start = Buffer.from(chunk.buffer, chunk.byteOffset, Math.min(chunk.length, MAX_START)).toString();
  return MODEL.exec(start)?.[1];
}
