import type { OnReadOpts, Socket } from 'node:net';
import { ProtocolError, StreamMessages, type StreamMessageVisitor } from '@cloudtolocalllm/protocol/worker';
import { Outlet } from './outlet.ts';

/** What one read takes at most; the buffer is used again and again. */
const READ_BYTES = 64 * 1024;

/** Makes the socket of a side; it has to be read with these options. */
export type OpenSocket = (onread: OnReadOpts) => Socket;

export interface SideOptions {
  open: OpenSocket;
  /** A message of the relay's lies in these bytes until `read` was called. */
  message: StreamMessageVisitor;
  /** A chunk was read and its messages visited. False: stop until `resume`. */
  read(): boolean;
  /** What was read is still to be written from where it lies: its buffer can't be used again. */
  isHeld(): boolean;
  /** It was full and has room again. */
  drained(): void;
  /** It is closed, or the relay sent what no relay sends (`error`). */
  ended(error?: ProtocolError): void;
}

/** One of the two byte streams between relay and worker. Reads into one buffer, so that a token costs no garbage. */
export class Side {
  readonly outlet: Outlet;
  readonly #socket: Socket;
  readonly #messages: StreamMessages;
  readonly #options: SideOptions;
  #buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  /** Where messages are put together that came in pieces. */
  #scratch = Buffer.alloc(0);

  constructor(options: SideOptions) {
    this.#options = options;
    this.#messages = new StreamMessages({ message: options.message, allocate: (bytes) => this.#allocate(bytes) });
    this.#socket = options.open({
      buffer: () => this.#nextBuffer(),
      callback: (bytes) => this.#read(bytes),
    });
    this.outlet = new Outlet(this.#socket);
    this.#socket
      .on('drain', () => options.drained())
      .on('end', () => options.ended())
      .on('close', () => options.ended())
      .on('error', () => options.ended());
    this.#socket.resume(); // for its end alone: bytes come by the callback
  }

  resume(): void {
    this.#socket.resume();
  }

  #read(bytes: number): boolean {
    try {
      this.#messages.push(this.#buffer.subarray(0, bytes));
      return this.#options.read();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#options.ended(error);
      return false;
    }
  }

  #nextBuffer(): Buffer {
    if (this.#options.isHeld()) this.#buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    return this.#buffer;
  }

  #allocate(bytes: number): Buffer {
    if (this.#options.isHeld()) return Buffer.allocUnsafeSlow(bytes);
    if (this.#scratch.length < bytes) this.#scratch = Buffer.allocUnsafeSlow(bytes);
    return this.#scratch.subarray(0, bytes);
  }
}
