import { RelayError } from '../errors.ts';
import type { BridgeConnection } from './bridge-connection.ts';
import type { BridgeLink, BridgeLinks } from './bridge-link.ts';
import type { ConnectionTable } from './connection-table.ts';
import { WaitingRoom } from './waiting-room.ts';

/** How long a request waits for a bridge whose socket was just cut. */
const PATIENCE_MS = 3_000;

/** Finds the links that requests ask for; those of bridges that were just cut off are waited for. */
export class ConnectedLinks implements BridgeLinks {
  readonly #connections: ConnectionTable;
  readonly #waiting = new WaitingRoom();

  constructor(connections: ConnectionTable) {
    this.#connections = connections;
  }

  /** Requests that wait for a bridge to come back. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** A bridge has come. */
  wake(): void {
    this.#waiting.wake();
  }

  async require(userId: string, bridgeId: string): Promise<BridgeLink> {
    const find = (): BridgeConnection | undefined => {
      const connection = this.#connections.get(bridgeId);
      return connection?.userId === userId ? connection : undefined;
    };
    if (find()?.connected === false) await this.#waiting.until(() => find()?.connected !== false, PATIENCE_MS);
    const connection = find();
    if (!connection?.connected)
      throw new RelayError('bridge_offline', 'This computer is offline. Start its bridge with: cloudtolocalllm up');
    return connection;
  }

  ofUser(userId: string): readonly BridgeLink[] {
    return this.#connections.ofUser(userId).filter(({ connected }) => connected);
  }

  async online(userId: string, bridges?: ReadonlySet<string>): Promise<readonly BridgeLink[]> {
    const isMeant = ({ bridgeId }: BridgeLink): boolean => bridges?.has(bridgeId) ?? true;
    const connected = (): BridgeLink[] => this.ofUser(userId).filter(isMeant);
    const now = connected();
    if (now.length > 0 || !this.#connections.ofUser(userId).some(isMeant)) return now;
    await this.#waiting.until(() => connected().length > 0, PATIENCE_MS);
    return connected();
  }
}
