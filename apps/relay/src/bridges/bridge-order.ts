import type { RelayDatabase } from '../storage/database.ts';
import type { BridgePresence } from './bridge-directory.ts';
import type { BridgeStore } from './bridge-store.ts';
import { noSuchBridge } from './no-such-bridge.ts';

export interface BridgeOrderOptions {
  database: Pick<RelayDatabase, 'batch'>;
  bridges: BridgeStore;
  presence?: Pick<BridgePresence, 'update'> | undefined;
}

/**
 * Puts a user's bridges in this order; those that are not named come after, as they were. Returns the ids of those that
 * have another place now.
 * @throws RelayError not_found for a bridge that the user does not have; nothing has changed then.
 */
export async function orderBridges(
  { database, bridges, presence }: BridgeOrderOptions,
  userId: string,
  bridgeIds: readonly string[],
): Promise<string[]> {
  const rows = await bridges.list(userId);
  const places = new Map(rows.map(({ id, priority }) => [id, priority]));
  for (const id of bridgeIds) if (!places.has(id)) throw noSuchBridge(id);
  // A Set keeps the first place of an id that is named twice.
  const ordered = [...new Set([...bridgeIds, ...places.keys()])];
  const moved = [...ordered.entries()].filter(([priority, id]) => places.get(id) !== priority);
  await database.batch(moved.map(([priority, id]) => bridges.placed(userId, id, priority)));
  for (const [priority, id] of moved) presence?.update(id, { priority });
  return moved.map(([, id]) => id);
}
