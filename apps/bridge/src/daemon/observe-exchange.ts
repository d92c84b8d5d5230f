import type { Exchange, ExchangeReceiver } from '@cloudtolocalllm/protocol';
import type { ObservedRequest } from './observed-request.ts';

/**
 * Tells `observed` the course of an exchange. Stands between the link and whoever forwards, so that neither has to know.
 */
export function observeExchange(
  exchange: Exchange,
  observed: ObservedRequest,
  accept: (exchange: Exchange) => ExchangeReceiver,
): ExchangeReceiver {
  const receiver = accept({
    id: exchange.id,
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
