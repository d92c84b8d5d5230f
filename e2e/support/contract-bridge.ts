import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { JsonObject } from './contract-examples.ts';
import { until } from './test-stack.ts';

/** The bridge's end of `/ws/bridge/{bridgeId}`: sends what it is told to and keeps what comes. */
export class ContractBridge {
  readonly received: JsonObject[] = [];
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.received.push(JSON.parse(data.toString()) as JsonObject)); // as: envelopes are objects
  }

  static async connect(url: string, sessionToken: string): Promise<ContractBridge> {
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${sessionToken}` } });
    const bridge = new ContractBridge(socket);
    await once(socket, 'open');
    return bridge;
  }

  send(envelope: object): void {
    this.#socket.send(JSON.stringify(envelope));
  }

  /** The first message of this type, as soon as it is there. */
  async next(type: string): Promise<JsonObject> {
    const find = (): JsonObject | undefined => this.received.find((message) => message['type'] === type);
    await until(`a ${type} from the relay`, 5000, () => find() !== undefined);
    return find()!; // it was there a moment ago
  }

  close(): void {
    this.#socket.close();
  }
}
