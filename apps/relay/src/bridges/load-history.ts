import { LRUCache } from 'lru-cache';
import type { BridgeLoad } from '@cloudtolocalllm/protocol';

const MINUTE_MS = 60_000;
/** One for each minute of the last hour. */
const MAX_SAMPLES = 60;
/** Of those that reported last, as many are remembered: some ten megabytes. */
const MAX_BRIDGES = 10_000;

interface Sample {
  /** Milliseconds since 1970. */
  at: number;
  load: number;
}

/** The load of bridges over the last hour, in memory alone: of each minute what the bridge said last in it. */
export class LoadHistory {
  readonly #now: () => number;
  readonly #bridges = new LRUCache<string, Sample[]>({ max: MAX_BRIDGES });

  /** `now` in milliseconds since 1970. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** A bridge reported; undefined when it doesn't know its load. */
  add(bridgeId: string, load: number | undefined): void {
    if (load === undefined) return;
    const at = this.#now();
    const samples = this.#bridges.get(bridgeId) ?? [];
    const last = samples.at(-1);
    if (last !== undefined && minuteOf(last.at) === minuteOf(at)) samples.pop();
    samples.push({ at, load });
    if (samples.length > MAX_SAMPLES) samples.shift();
    this.#bridges.set(bridgeId, samples);
  }

  /** The oldest first; empty for a bridge that was silent for an hour. */
  of(bridgeId: string): BridgeLoad['samples'] {
    const oldest = this.#now() - MAX_SAMPLES * MINUTE_MS;
    const samples = this.#bridges.peek(bridgeId) ?? [];
    return samples.filter(({ at }) => at > oldest).map(({ at, load }) => ({ at: new Date(at).toISOString(), load }));
  }

  /** The bridge is gone for good. */
  forget(bridgeId: string): void {
    this.#bridges.delete(bridgeId);
  }
}

function minuteOf(at: number): number {
  return Math.floor(at / MINUTE_MS);
}
