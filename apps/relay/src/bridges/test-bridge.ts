import { once } from 'node:events';
import {
  decodeWelcome,
  encodeHello,
  Link,
  LinkBudget,
  linkSocket,
  PROTOCOL_VERSION,
  type Exchange,
  type ExchangeReceiver,
  type ExchangeRequest,
  type Welcome,
} from '@cloudtolocalllm/protocol';
import { WebSocket } from 'ws';

/** How a socket ended. */
export interface Closing {
  code: number;
  reason: string;
}

export type Accept = (request: ExchangeRequest, exchange: Exchange) => Partial<ExchangeReceiver>;

/** A socket with a token in its header; its close is recorded from the start, and an error is no surprise. */
export async function connect(url: string, token: string): Promise<WebSocket> {
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` }, perMessageDeflate: false });
  socket.on('error', () => {});
  await once(socket, 'open');
  return socket;
}

export async function closing(socket: WebSocket): Promise<Closing> {
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
  return { code, reason: reason.toString() };
}

/** A streaming bridge for tests: the protocol's own link, one socket after another, driven by hand. */
export class TestBridge {
  readonly instance: string;
  readonly accept: Accept;
  link: Link | undefined;
  socket: WebSocket | undefined;
  welcome: Welcome | undefined;
  closed: Promise<Closing> | undefined;
  /** Told of each text message of the relay. */
  heard: (text: string) => void = () => {};
  #welcomedSocket: WebSocket | undefined;

  constructor(accept: Accept = () => ({}), instance: string = crypto.randomUUID()) {
    this.accept = accept;
    this.instance = instance;
  }

  /** Connects, says HELLO (resuming its session if it has one) and waits for WELCOME. */
  async connect(url: string, token: string): Promise<Welcome> {
    const socket = await connect(url, token);
    this.socket = socket;
    this.closed = closing(socket);
    const session = this.link?.session;
    socket.send(
      encodeHello({
        version: PROTOCOL_VERSION,
        instance: this.instance,
        ...(session && { session }),
        received: this.link?.received ?? 0,
      }),
    );
    const welcomed = Promise.withResolvers<Welcome>();
    socket.on('message', (data: Buffer, isBinary) => {
      // What is replayed may come in the same breath as WELCOME.
      if (socket === this.#welcomedSocket) this.link?.receive(isBinary ? data : data.toString());
      else welcomed.resolve(this.#begin(socket, data));
    });
    return Promise.race([welcomed.promise, this.closed.then(refused)]);
  }

  #begin(socket: WebSocket, message: Buffer): Welcome {
    const welcome = decodeWelcome(message);
    this.#welcomedSocket = socket;
    if (!welcome.resumed) {
      this.link?.close(4410, 'a new session');
      this.link = new Link({
        session: welcome.session,
        budget: new LinkBudget(),
        envelope: (text) => this.heard(text),
        accept: (request, exchange) => ({ ...quiet(exchange), ...this.accept(request, exchange) }),
      });
    }
    const link = this.link!; // made above or resumed
    socket.on('close', () => {
      if (this.socket === socket) link.detach();
    });
    link.attach(linkSocket(socket), welcome.received);
    return (this.welcome = welcome);
  }

  say(envelope: object): void {
    this.link?.sendEnvelope(JSON.stringify(envelope));
  }

  /** The socket is gone without a word, as when a cable is pulled. */
  async cut(): Promise<void> {
    this.socket?.terminate();
    await this.closed;
  }
}

/** Takes everything that comes and says nothing. */
function quiet(exchange: Exchange): ExchangeReceiver {
  return { data: (chunk) => exchange.consumed(chunk.length), end() {}, reset() {} };
}

function refused({ code, reason }: Closing): never {
  throw new Error(`closed with ${code}: ${reason}`);
}
