import type { Logger } from 'pino';
import type { Compilable } from 'kysely';
import type { RelayDatabase } from '../storage/database.ts';
import type { BridgeConnection } from './bridge-connection.ts';
import type { BridgeStore } from './bridge-store.ts';

/** Bridges that come back all at once are stored together: one transaction per this long. */
const TICK_MS = 500;

/** Keeps what bridges said last, for when they are gone. Returns the function to call with each change. */
export function keepReports({
  database,
  bridges,
  log,
}: {
  database: RelayDatabase;
  bridges: BridgeStore;
  log: Logger;
}): (connection: BridgeConnection) => void {
  const changed = new Map<string, BridgeConnection>();
  let timer: NodeJS.Timeout | undefined;

  function store(): void {
    timer = undefined;
    const queries: Compilable[] = [];
    for (const [bridgeId, { lastSeen, connected, report }] of changed) {
      queries.push(bridges.reported(bridgeId, connected ? new Date() : new Date(lastSeen), report));
    }
    changed.clear();
    database.batch(queries).catch((err: unknown) => log.warn({ err }, 'Cannot keep what bridges reported'));
  }

  return (connection) => {
    changed.set(connection.bridgeId, connection);
    timer ??= setTimeout(store, TICK_MS).unref();
  };
}
