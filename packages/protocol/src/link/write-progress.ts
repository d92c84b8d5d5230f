import { recycle } from './slab.ts';

/**
 * How far a socket has written what a link gave it, and so which acknowledged messages are free to be built in again.
 * A peer may lie: only what has left this socket's buffer, and was never given to another socket, is free.
 */
export class WriteProgress {
  /** Messages up to this number were sent on an earlier socket, too, which may still hold them. */
  readonly #replayed: number;
  #written: number;
  /** Acknowledged before the socket said that they were written (reads come first in an event-loop turn), in order. */
  readonly #early: { message: Buffer | string; number: number }[] = [];

  /** `sent` messages were sent before this socket, and the last `replay` of them go over it again. */
  constructor(sent = 0, replay = 0) {
    this.#replayed = sent;
    this.#written = sent - replay;
  }

  /** The next message has left the socket's buffer. */
  wrote(): void {
    this.#written++;
    const [first] = this.#early;
    if (!first || first.number > this.#written) return;
    this.#early.shift();
    recycle(first.message);
  }

  acknowledged(message: Buffer | string, number: number): void {
    if (number <= this.#replayed) return;
    if (number <= this.#written) recycle(message);
    else this.#early.push({ message, number });
  }
}

/** What a link gives to a socket and to its outbox, to know how far the socket has written. */
export interface SocketProgress {
  readonly onWritten: () => void;
  readonly onForgotten: (message: Buffer | string, number: number) => void;
}
