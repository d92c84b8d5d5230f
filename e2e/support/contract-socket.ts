import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { JsonObject } from './contract-examples.ts';
import { until } from './test-stack.ts';

/** A client's end of a WebSocket: sends what it is told to and keeps what comes. */
export class ContractSocket {
  readonly received: JsonObject[] = [];
  readonly #socket: WebSocket;
  readonly #taken = new Set<JsonObject>();

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.received.push(JSON.parse(data.toString()) as JsonObject)); // as: envelopes are objects
  }

  static async connect(url: string, token: string): Promise<ContractSocket> {
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } });
    const bridge = new ContractSocket(socket);
    await once(socket, 'open');
    return bridge;
  }

  send(envelope: object): void {
    this.#socket.send(JSON.stringify(envelope));
  }

  /** The first message of this type that was not taken yet, as soon as it is there. */
  async next(type: string): Promise<JsonObject> {
    const find = (): JsonObject | undefined =>
      this.received.find((message) => message['type'] === type && !this.#taken.has(message));
    await until(`${type} from the relay`, 5000, () => find() !== undefined);
    const message = find()!; // it was there a moment ago
    this.#taken.add(message);
    return message;
  }

  close(): void {
    this.#socket.close();
  }
}
