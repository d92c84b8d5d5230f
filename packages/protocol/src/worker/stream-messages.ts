import { ProtocolError } from '../link/codes.ts';
import { LINK_LIMITS } from '../link/limits.ts';

/** In front of each message on a byte stream: its length, big-endian. */
export const LENGTH_BYTES = 4;

/** A message of the link, or of `control.ts`. */
export const MAX_STREAM_MESSAGE_BYTES = LINK_LIMITS.maxMessageBytes;

/** A message lies in `bytes` from `start` to `end`, and its length in the four bytes before `start`. */
export type StreamMessageVisitor = (bytes: Buffer, start: number, end: number) => void;

export interface StreamMessagesOptions {
  /** Called for each whole message, in order. What it throws is thrown by `push`. */
  message: StreamMessageVisitor;
  /** Where a message is put together that came in pieces; absent: a new buffer each time. */
  allocate?(bytes: number): Buffer;
}

/**
 * Cuts a byte stream into messages. A message that a chunk holds whole is visited where it lies, without a copy;
 * one that was cut is put together first. Holds one message at most.
 */
export class StreamMessages {
  readonly #message: StreamMessageVisitor;
  readonly #allocate: (bytes: number) => Buffer;
  /** The message that was cut, with its length; while that is not known, room for it alone. */
  #cut: Buffer | undefined;
  #filled = 0;

  constructor({ message, allocate = Buffer.allocUnsafe }: StreamMessagesOptions) {
    this.#message = message;
    this.#allocate = allocate;
  }

  /** The next bytes of the stream. Throws ProtocolError on a length that no message has. */
  push(chunk: Buffer): void {
    let at = this.#cut === undefined ? 0 : this.#complete(chunk);
    while (chunk.length - at >= LENGTH_BYTES) {
      const start = at + LENGTH_BYTES;
      const end = start + messageLength(chunk, at);
      if (end > chunk.length) break;
      at = end;
      this.#message(chunk, start, end);
    }
    if (at < chunk.length) this.#keep(chunk, at);
  }

  /** Takes what the cut message lacks; returns where the chunk goes on. */
  #complete(chunk: Buffer): number {
    let at = 0;
    while (this.#cut !== undefined && at < chunk.length) {
      const copied = chunk.copy(this.#cut, this.#filled, at);
      at += copied;
      this.#filled += copied;
      if (this.#filled < this.#cut.length) break;
      if (this.#filled === LENGTH_BYTES) {
        const head = this.#cut;
        this.#cut = this.#allocate(LENGTH_BYTES + messageLength(head, 0));
        head.copy(this.#cut);
      } else {
        const message = this.#cut;
        this.#cut = undefined;
        this.#message(message, LENGTH_BYTES, message.length);
      }
    }
    return at;
  }

  #keep(chunk: Buffer, at: number): void {
    const isLengthKnown = chunk.length - at >= LENGTH_BYTES;
    this.#cut = isLengthKnown
      ? this.#allocate(LENGTH_BYTES + messageLength(chunk, at))
      : Buffer.allocUnsafe(LENGTH_BYTES);
    this.#filled = chunk.copy(this.#cut, 0, at);
  }
}

function messageLength(bytes: Buffer, at: number): number {
  const length = bytes.readUInt32BE(at);
  if (length === 0 || length > MAX_STREAM_MESSAGE_BYTES) {
    throw new ProtocolError(`message of ${length} bytes on a stream, limit ${MAX_STREAM_MESSAGE_BYTES}`);
  }
  return length;
}

/** Below this a copy costs less than handing two buffers to the system. */
const COPY_BELOW_BYTES = 4096;

/** What a message is written to; a `Duplex` is one. */
export interface MessageTarget {
  write(chunk: Buffer, written?: (error?: Error | null) => void): boolean;
  cork(): void;
  uncork(): void;
}

/**
 * Writes a message with its length in front. A large one is not copied: it may be changed only after `written`.
 * False: the target's buffer is full.
 */
export function writeStreamMessage(target: MessageTarget, message: Buffer, written?: () => void): boolean {
  // Only what was written is told; a stream that is destroyed tells so by its own events.
  const told = written === undefined ? undefined : (error?: Error | null) => void (error ?? written());
  if (message.length < COPY_BELOW_BYTES) {
    const framed = Buffer.allocUnsafe(LENGTH_BYTES + message.length);
    framed.writeUInt32BE(message.length);
    message.copy(framed, LENGTH_BYTES);
    return target.write(framed, told);
  }
  const length = Buffer.allocUnsafe(LENGTH_BYTES);
  length.writeUInt32BE(message.length);
  target.cork();
  target.write(length);
  const hasRoom = target.write(message, told);
  target.uncork();
  return hasRoom;
}

/** A control message, ready to be written: its kind and JSON. */
export function encodeControl(kind: number, value: object): Buffer {
  return Buffer.concat([Buffer.of(kind), Buffer.from(JSON.stringify(value))]);
}
