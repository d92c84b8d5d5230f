import { once } from 'node:events';
import { type RealtimeToClient, realtimeToClient } from '@cloudtolocalllm/protocol';
import { WebSocket } from 'ws';

/** A person's device: keeps what it is told. Everything is checked against the protocol. */
export class TestDevice {
  readonly socket: WebSocket;
  readonly told: RealtimeToClient[] = [];
  readonly closed: Promise<number>;
  #taken = 0;
  #wake = Promise.withResolvers<void>();

  /** @throws Error when it is refused */
  static async connect(url: string, token: string, protocols: string[] = []): Promise<TestDevice> {
    const headers = protocols.length > 0 ? {} : { authorization: `Bearer ${token}` };
    const device = new TestDevice(new WebSocket(url.replace('http', 'ws'), protocols, { headers }));
    await once(device.socket, 'open');
    return device;
  }

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer) => {
      this.told.push(realtimeToClient.parse(JSON.parse(data.toString())));
      this.#wake.resolve();
    });
    const { promise, resolve } = Promise.withResolvers<number>();
    this.closed = promise;
    socket.on('close', resolve).on('error', () => {});
  }

  /** The next message, as soon as it is there. */
  async next(): Promise<RealtimeToClient> {
    while (this.told.length === this.#taken) {
      this.#wake = Promise.withResolvers();
      await this.#wake.promise;
    }
    return this.told[this.#taken++]!; // it is there
  }

  /** All messages from the next one to the first of this type. */
  async until<Type extends RealtimeToClient['type']>(
    type: Type,
    isMeant: (message: Extract<RealtimeToClient, { type: Type }>) => boolean = () => true,
  ): Promise<Extract<RealtimeToClient, { type: Type }>> {
    for (;;) {
      const message = await this.next();
      // as: the comparison narrows a generic type no further
      if (message.type === type && isMeant(message as Extract<RealtimeToClient, { type: Type }>)) {
        return message as Extract<RealtimeToClient, { type: Type }>;
      }
    }
  }

  say(message: unknown): void {
    this.socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message));
  }
}
