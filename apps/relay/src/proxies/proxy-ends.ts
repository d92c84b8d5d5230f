import type { Logger } from 'pino';
import type { ProxyEndRow, ProxyStore } from './proxy-store.ts';

/** How one has ended, and where that was asked for. */
export interface ProxyEnding {
  userId: string;
  proxyId: string;
  row: ProxyEndRow;
  address: string | undefined;
}

/** Stores how proxies have ended; what can't be stored is kept, and tried again when it is told to. */
export class ProxyEnds {
  readonly #store: Pick<ProxyStore, 'end'>;
  readonly #log: Pick<Logger, 'error'>;
  /** By proxy: none is in here for long, unless the disk is full. */
  readonly #unstored = new Map<string, ProxyEnding>();
  readonly #failed = new Set<ProxyEnding>();
  #retrying: Promise<void> | undefined;

  constructor({ store, log }: { store: Pick<ProxyStore, 'end'>; log: Pick<Logger, 'error'> }) {
    this.#store = store;
    this.#log = log;
  }

  /** Of one whose row does not say it yet. */
  unstored(proxyId: string): ProxyEndRow | undefined {
    return this.#unstored.get(proxyId)?.row;
  }

  /** Resolves when it was tried; never rejects. */
  async add(ending: ProxyEnding): Promise<void> {
    this.#unstored.set(ending.proxyId, ending);
    await this.#try(ending).catch((err: unknown) => {
      this.#failed.add(ending);
      this.#log.error({ err, proxyId: ending.proxyId }, 'Cannot store the end of a proxy: it will be tried again');
    });
  }

  /** Tries what could not be stored, one after another; at the first that can't, the others wait too. Never rejects. */
  retry(): Promise<void> {
    this.#retrying ??= this.#retry().finally(() => (this.#retrying = undefined));
    return this.#retrying;
  }

  async #retry(): Promise<void> {
    try {
      for (const ending of this.#failed) await this.#try(ending);
    } catch {
      // Was told when it failed first.
    }
  }

  async #try(ending: ProxyEnding): Promise<void> {
    const { userId, proxyId, row, address } = ending;
    await this.#store.end(userId, proxyId, row, address);
    this.#unstored.delete(proxyId);
    this.#failed.delete(ending);
  }
}
