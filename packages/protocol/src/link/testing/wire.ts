import { setImmediate as turn } from 'node:timers/promises';
import { LinkBudget } from '../budget.ts';
import type { Accept } from '../exchange-table.ts';
import { Link, type LinkSocket } from '../link.ts';

/** Two links joined by a wire that delivers message by message and can be cut with messages on the way. */
export class Wire {
  readonly relay: Link;
  readonly bridge: Link;
  readonly closed: { relay?: string; bridge?: string } = {};
  /** Messages on the way, per direction. */
  #toBridge: (Buffer | string)[] = [];
  #toRelay: (Buffer | string)[] = [];
  /** Stops reading what arrives at the relay. */
  paused = false;

  constructor(accept: Accept) {
    const session = '00000000-0000-4000-8000-000000000001';
    this.relay = new Link({
      session,
      budget: new LinkBudget(),
      closed: (code, reason) => (this.closed.relay = `${code} ${reason}`),
    });
    this.bridge = new Link({
      session,
      budget: new LinkBudget(),
      accept,
      closed: (code, reason) => (this.closed.bridge = `${code} ${reason}`),
    });
    this.connect();
  }

  connect(): void {
    const end = (queue: (Buffer | string)[]): LinkSocket => ({
      get bufferedAmount() {
        return 0;
      },
      send(message, written) {
        queue.push(typeof message === 'string' ? message : Buffer.from(message));
        written?.();
      },
      close() {},
    });
    this.#toBridge = [];
    this.#toRelay = [];
    const [bridgeReceived, relayReceived] = [this.bridge.received, this.relay.received];
    this.relay.attach(end(this.#toBridge), bridgeReceived);
    this.bridge.attach(end(this.#toRelay), relayReceived);
  }

  /** Loses everything on the way. */
  cut(): void {
    this.#toBridge = [];
    this.#toRelay = [];
    this.relay.detach();
    this.bridge.detach();
  }

  /** Delivers up to `count` messages each way. */
  deliver(count = Infinity): void {
    for (let left = Math.min(count, this.#toBridge.length); left > 0; left--)
      this.bridge.receive(this.#toBridge.shift()!);
    if (this.paused) return;
    for (let left = Math.min(count, this.#toRelay.length); left > 0; left--) this.relay.receive(this.#toRelay.shift()!);
  }

  get onTheWay(): number {
    return this.#toBridge.length + this.#toRelay.length;
  }

  async settle(turns = 20): Promise<void> {
    for (let quiet = 0; quiet < turns; quiet++) {
      await turn();
      if (this.onTheWay > 0 && !this.paused) quiet = 0;
      this.deliver();
    }
  }
}
