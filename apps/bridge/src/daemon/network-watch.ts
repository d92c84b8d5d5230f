import { networkInterfaces } from 'node:os';

/** Between looks: short enough to be there when a person opens the lid, and next to nothing of a core. */
const LOOK_MS = 2_000;
/** A look that is so much later than it should be, or a wall clock that has gone on so much further, means sleep. */
const SLEPT_MS = 5_000;

/** `woken`: the computer slept, or the process was held. `moved`: it has other addresses than before. */
export type Stir = 'woken' | 'moved';

export interface NetworkWatchOptions {
  /** Milliseconds that stand still while the computer sleeps, as `performance.now()` does on Linux. */
  monotonic?(): number;
  /** Milliseconds that don't. */
  wall?(): number;
  /** Undefined: they can't be had here. */
  addresses?(): ReadonlySet<string> | undefined;
  lookMs?: number;
}

/**
 * Notices what makes waiting pointless: the computer woke up, or came to another network. A wall clock that is set forward
 * looks like sleep, which does no harm: all that follows is a look at the connection.
 */
export class NetworkWatch implements Disposable {
  readonly #options: Required<NetworkWatchOptions>;
  readonly #stirred: (stir: Stir) => void;
  readonly #timer: NodeJS.Timeout;
  #last: { monotonic: number; wall: number; addresses: ReadonlySet<string> | undefined };

  constructor(stirred: (stir: Stir) => void, options: NetworkWatchOptions = {}) {
    this.#options = {
      monotonic: () => performance.now(),
      wall: () => Date.now(),
      addresses: ownAddresses,
      lookMs: LOOK_MS,
      ...options,
    };
    this.#stirred = stirred;
    this.#last = this.#see();
    this.#timer = setInterval(() => this.look(), this.#options.lookMs).unref();
  }

  look(): void {
    const before = this.#last;
    const now = (this.#last = this.#see());
    const passed = now.monotonic - before.monotonic;
    const slept = now.wall - before.wall - passed;
    const moved = !isSame(now.addresses, before.addresses);
    if (slept > SLEPT_MS || passed - this.#options.lookMs > SLEPT_MS) this.#stirred('woken');
    else if (moved) this.#stirred('moved');
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #see(): { monotonic: number; wall: number; addresses: ReadonlySet<string> | undefined } {
    const { monotonic, wall, addresses } = this.#options;
    return { monotonic: monotonic(), wall: wall(), addresses: addresses() };
  }
}

/** The addresses under which this computer could be talking to a relay now; undefined where a sandbox hides them. */
export function ownAddresses(): ReadonlySet<string> | undefined {
  try {
    const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
    return new Set(all.map(({ address }) => address));
  } catch {
    return undefined;
  }
}

function isSame(one: ReadonlySet<string> | undefined, other: ReadonlySet<string> | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.size === other.size && [...one].every((address) => other.has(address));
}
