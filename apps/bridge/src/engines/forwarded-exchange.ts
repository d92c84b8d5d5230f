import type { Exchange, ExchangeReceiver, ExchangeRequest } from '@cloudtolocalllm/protocol';

/** What comes to be known of a request on its way to an engine. */
export interface AskedFor {
  /** As it was asked for. */
  model?: string | undefined;
  /** The engine's name. */
  engine?: string;
}

/** A request, with what whoever asks knows of it already. */
export interface ForwardedRequest extends ExchangeRequest, AskedFor {}

/** An exchange that wants to know whom it asks; it may be told more than once. */
export interface ForwardedExchange extends Exchange {
  about?(asked: AskedFor): void;
}

/** Begins a request; the receiver gets its body. */
export type Forward = (request: ForwardedRequest, exchange: ForwardedExchange) => ExchangeReceiver;
