import type { ExchangeReceiver } from '@cloudtolocalllm/protocol';
import type { ForwardedExchange } from '../engines/forwarded-exchange.ts';
import type { ObservedRequest } from './observed-request.ts';

/**
 * Tells `observed` the course of an exchange. Stands between whoever asks and whoever forwards, so that neither has to
 * know.
 */
export function observeExchange(
  exchange: ForwardedExchange,
  observed: ObservedRequest,
  forward: (exchange: ForwardedExchange) => ExchangeReceiver,
): ExchangeReceiver {
  const receiver = forward({
    id: exchange.id,
    about: (asked) => observed.about(asked),
    head(status, headers) {
      observed.answered(status);
      exchange.head(status, headers);
    },
    write(chunk) {
      observed.wrote(chunk);
      return exchange.write(chunk);
    },
    end() {
      exchange.end();
      observed.ended();
    },
    reset(code, reason) {
      exchange.reset(code, reason);
      observed.ended(code);
    },
    consumed: (bytes) => exchange.consumed(bytes),
  });
  return {
    data: (chunk) => receiver.data(chunk),
    end: () => receiver.end(),
    reset(code, reason) {
      receiver.reset(code, reason);
      observed.ended(code);
    },
    drain: () => receiver.drain?.(),
  };
}
