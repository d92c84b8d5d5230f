import type { Exchange, ExchangeReceiver, ExchangeRequest, ResetCode } from '@cloudtolocalllm/protocol';
import type { BridgeLink } from '../bridges/bridge-link.ts';
import { RelayError } from '../errors.ts';

/** A view that waits pins the whole message it lies in: one this much smaller is copied. */
const COPY_BELOW = 4;

/** What can open an exchange: a bridge's link. */
export type Upstream = Pick<BridgeLink, 'open'>;

/**
 * Carries an exchange that came through a proxy's worker on to the bridge, and the answer back. Each side gets credit
 * for what the other has taken, and no more.
 */
export class CoupledExchange implements ExchangeReceiver {
  readonly #near: Exchange;
  /** Undefined until the bridge's link is there. */
  #far: Exchange | undefined;
  /** Came while the bridge's link was not there: a window's worth at most. */
  #early: Buffer[] = [];
  #isEnded = false;
  #isOver = false;
  /** Taken by `far`, or by `near`, above what they want at once: consumed when they drain. */
  #farWaiting = 0;
  #nearWaiting = 0;

  /** `near` is the worker's. */
  constructor(near: Exchange) {
    this.#near = near;
  }

  /** Opens it at the bridge; when that fails, it ends with the reason. Never rejects. */
  async open(request: ExchangeRequest, upstream: () => Promise<Upstream>): Promise<void> {
    try {
      const link = await upstream();
      if (this.#isOver) return;
      this.#far = link.open(request, this.#answer);
    } catch (error) {
      this.#isOver = true;
      this.#near.reset(...openingFailed(error));
      return;
    }
    const early = this.#early;
    this.#early = [];
    for (const chunk of early) this.data(chunk);
    if (this.#isEnded) this.#far.end();
  }

  // ExchangeReceiver: what the worker sends.

  data(chunk: Buffer): void {
    if (this.#far === undefined) this.#early.push(ownBytes(chunk));
    else if (this.#far.write(ownBytes(chunk))) this.#near.consumed(chunk.length);
    else this.#farWaiting += chunk.length;
  }

  end(): void {
    this.#isEnded = true;
    this.#far?.end();
  }

  reset(_code: ResetCode, reason: string): void {
    this.#isOver = true;
    this.#early = [];
    // Whatever ended it on this side: the bridge only has to stop.
    this.#far?.reset('cancelled', reason);
  }

  drain(): void {
    const bytes = this.#nearWaiting;
    this.#nearWaiting = 0;
    this.#far?.consumed(bytes);
  }

  /** What the bridge sends. */
  readonly #answer: ExchangeReceiver = {
    head: (status, headers) => this.#near.head(status, headers),
    data: (chunk) => {
      if (this.#near.write(ownBytes(chunk))) this.#far?.consumed(chunk.length);
      else this.#nearWaiting += chunk.length;
    },
    end: () => this.#near.end(),
    reset: (code, reason) => this.#near.reset(ofBridge(code), reason),
    drain: () => {
      const bytes = this.#farWaiting;
      this.#farWaiting = 0;
      this.#near.consumed(bytes);
    },
  };
}

function ownBytes(chunk: Buffer): Buffer {
  return chunk.length * COPY_BELOW < chunk.buffer.byteLength ? Buffer.from(chunk) : chunk;
}

/** A bridge that speaks for a proxy is lying: its words would be taken for the relay's. */
function ofBridge(code: ResetCode): ResetCode {
  return code.startsWith('proxy_') ? 'protocol_error' : code;
}

const CODE_OF_ERROR = new Map<string, ResetCode>([
  ['bridge_offline', 'link_lost'],
  ['shutting_down', 'shutting_down'],
  ['rate_limited', 'refused'],
]);

function openingFailed(error: unknown): [code: ResetCode, reason: string] {
  if (!(error instanceof RelayError)) return ['engine_failed', 'the relay could not open the exchange'];
  return [CODE_OF_ERROR.get(error.code) ?? 'engine_failed', error.message];
}
