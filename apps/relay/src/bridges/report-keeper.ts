import type { Compilable } from 'kysely';
import type { Logger } from 'pino';
import type { RelayDatabase } from '../storage/database.ts';
import type { BridgeConnection } from './bridge-connection.ts';
import type { BridgeStore } from './bridge-store.ts';

/** Bridges that come back all at once are stored together: one transaction per this long. */
const TICK_MS = 500;

export interface ReportKeeperOptions {
  database: RelayDatabase;
  bridges: BridgeStore;
  log: Pick<Logger, 'warn'>;
}

/** Keeps what bridges said last, for when they are gone. Disposing stores what is left. */
export class ReportKeeper implements AsyncDisposable {
  readonly #options: ReportKeeperOptions;
  readonly #changed = new Map<string, BridgeConnection>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ReportKeeperOptions) {
    this.#options = options;
  }

  /** The bridge connected, reported or went away. */
  changed(connection: BridgeConnection): void {
    this.#changed.set(connection.bridgeId, connection);
    this.#timer ??= setTimeout(() => void this.#store(), TICK_MS).unref();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store();
  }

  async #store(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { database, bridges, log } = this.#options;
    const queries: Compilable[] = [];
    for (const [bridgeId, { lastSeen, connected, report }] of this.#changed) {
      queries.push(bridges.reported(bridgeId, new Date(connected ? Date.now() : lastSeen), report));
    }
    this.#changed.clear();
    try {
      await database.batch(queries);
    } catch (err) {
      log.warn({ err }, 'Cannot keep what bridges reported');
    }
  }
}
