import type { BridgeConnection } from './bridge-connection.ts';

/** The connections of this node, by bridge and by user; a bridge has one at the most. */
export class ConnectionTable {
  readonly #byBridge = new Map<string, BridgeConnection>();
  readonly #byUser = new Map<string, Set<BridgeConnection>>();

  /** Bridges whose socket is open now. */
  get connectedCount(): number {
    let count = 0;
    for (const { connected } of this.#byBridge.values()) if (connected) count++;
    return count;
  }

  get exchangeCount(): number {
    let count = 0;
    for (const { link } of this.#byBridge.values()) count += link?.exchangeCount ?? 0;
    return count;
  }

  /** Round trips of the last pings of bridges that are connected and were pinged, in milliseconds. */
  get roundTripsMs(): number[] {
    const trips: number[] = [];
    for (const { connected, roundTripMs } of this.#byBridge.values()) {
      if (connected && roundTripMs !== undefined) trips.push(roundTripMs);
    }
    return trips;
  }

  get(bridgeId: string): BridgeConnection | undefined {
    return this.#byBridge.get(bridgeId);
  }

  /** All of a user's, also those that are cut off. */
  ofUser(userId: string): readonly BridgeConnection[] {
    return [...(this.#byUser.get(userId) ?? [])];
  }

  /** All there are now; adding and removing meanwhile does no harm. */
  all(): IterableIterator<BridgeConnection> {
    return this.#byBridge.values();
  }

  /** Adding one that is there changes nothing. */
  add(connection: BridgeConnection): void {
    this.#byBridge.set(connection.bridgeId, connection);
    let ofUser = this.#byUser.get(connection.userId);
    if (!ofUser) this.#byUser.set(connection.userId, (ofUser = new Set()));
    ofUser.add(connection);
  }

  remove(connection: BridgeConnection): void {
    if (this.get(connection.bridgeId) === connection) this.#byBridge.delete(connection.bridgeId);
    const ofUser = this.#byUser.get(connection.userId);
    ofUser?.delete(connection);
    if (ofUser?.size === 0) this.#byUser.delete(connection.userId);
  }
}
