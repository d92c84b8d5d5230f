import type { Forward } from '../engines/forwarded-exchange.ts';
import { printable } from '../printable.ts';
import { observeExchange } from './observe-exchange.ts';
import { ObservedRequest, type RequestFacts, type RequestRecord } from './observed-request.ts';

/** Requests that have ended and troubles, the newest: what fits on a page. */
const MAX_LATELY = 100;
const MAX_TROUBLES = 20;
const MAX_TROUBLE_CHARACTERS = 300;

/** Since the bridge was started. */
export interface Totals {
  /** In ms since 1970. */
  since: number;
  requests: number;
  /** Those that were stopped by who asked are not among them. */
  failed: number;
  bytes: number;
}

/** Something that went wrong beyond one request: the relay or an engine was away, a fault of our own. */
export interface Trouble {
  /** In ms since 1970, when it was seen last. */
  at: number;
  text: string;
  /** Times it was seen in a row. */
  times: number;
}

export interface ActivityView {
  /** The oldest first. */
  now: RequestRecord[];
  /** The newest first. */
  lately: RequestRecord[];
  totals: Totals;
  /** The newest first. */
  troubles: Trouble[];
}

/** What the bridge does and did, for its status page: in memory, bounded, and nothing of what was asked or said. */
export class Activity {
  readonly #now: () => number;
  readonly #running = new Map<number, ObservedRequest>();
  readonly #lately: RequestRecord[] = [];
  readonly #troubles: Trouble[] = [];
  readonly #totals: Totals;
  readonly #listeners = new Set<() => void>();
  readonly #endListeners = new Set<(record: RequestRecord) => void>();
  #lastId = 0;

  constructor(now: () => number = Date.now) {
    this.#now = now;
    this.#totals = { since: now(), requests: 0, failed: 0, bytes: 0 };
  }

  get view(): ActivityView {
    return {
      now: [...this.#running.values()].map(({ record }) => record),
      lately: this.#lately.toReversed(),
      totals: { ...this.#totals },
      troubles: this.#troubles.toReversed(),
    };
  }

  /** Calls back when a request begins or ends, and when there is trouble; returns what ends that. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls back with each request that is over. */
  onEnded(listener: (record: RequestRecord) => void): void {
    this.#endListeners.add(listener);
  }

  began(facts: RequestFacts): ObservedRequest {
    const id = ++this.#lastId;
    const request = new ObservedRequest(id, facts, this.#now, ({ record }) => this.#ended(record));
    this.#running.set(id, request);
    this.#totals.requests++;
    this.#tell();
    return request;
  }

  /** The same way to the engines; all that go it are observed. */
  observed(forward: Forward): Forward {
    return (request, exchange) => observeExchange(exchange, this.began(request), (to) => forward(request, to));
  }

  trouble(words: string): void {
    const text = printable(words.slice(0, MAX_TROUBLE_CHARACTERS));
    const last = this.#troubles.at(-1);
    const times = last?.text === text ? last.times + 1 : 1;
    if (times > 1) this.#troubles.pop();
    this.#troubles.push({ at: this.#now(), text, times });
    if (this.#troubles.length > MAX_TROUBLES) this.#troubles.shift();
    this.#tell();
  }

  #ended(record: RequestRecord): void {
    this.#running.delete(record.id);
    this.#totals.bytes += record.bytes;
    if (record.error !== undefined && record.error !== 'cancelled') this.#totals.failed++;
    this.#lately.push(record);
    if (this.#lately.length > MAX_LATELY) this.#lately.shift();
    for (const listener of this.#endListeners) listener(record);
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
