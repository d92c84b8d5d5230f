import { ProtocolError } from './codes.ts';

/**
 * What was sent in a session and is not acknowledged yet, in order, kept for replay on the next socket.
 * Messages have no number on the wire: both sides count them, which a WebSocket's order makes exact.
 */
export class Outbox {
  /** Unacknowledged bytes. */
  bytes = 0;
  /** Messages sent in the session: the number of the last one. */
  sent = 0;
  #messages: (Buffer | string)[] = [];
  /** Index of the first unacknowledged message: acknowledging moves it, and the array is cut now and then. */
  #first = 0;

  push(message: Buffer | string): void {
    this.#messages.push(message);
    this.sent++;
    this.bytes += size(message);
  }

  /**
   * Forgets all up to message number `count`, each told to `forgotten` with its number; returns the bytes freed.
   * Throws ProtocolError on an impossible count.
   */
  acknowledge(count: number, forgotten?: (message: Buffer | string, number: number) => void): number {
    const pending = this.#messages.length - this.#first;
    const acknowledged = this.sent - pending;
    if (count < acknowledged || count > this.sent) {
      throw new ProtocolError(`acknowledges message ${count} of ${this.sent}, ${acknowledged} before`);
    }
    let freed = 0;
    for (let number = acknowledged + 1; number <= count; number++) {
      const message = this.#messages[this.#first]!; // as many are pending
      freed += size(message);
      this.#messages[this.#first++] = '';
      forgotten?.(message, number);
    }
    if (this.#first === this.#messages.length) {
      this.#messages = [];
      this.#first = 0;
    } else if (this.#first > 256) {
      this.#messages.splice(0, this.#first);
      this.#first = 0;
    }
    this.bytes -= freed;
    return freed;
  }

  /** Forgets everything, as the session is over; returns the bytes freed. */
  clear(): number {
    const freed = this.bytes;
    this.#messages = [];
    this.#first = 0;
    this.bytes = 0;
    return freed;
  }

  /** The unacknowledged messages, oldest first. */
  pending(): readonly (Buffer | string)[] {
    return this.#messages.slice(this.#first);
  }
}

function size(message: Buffer | string): number {
  return typeof message === 'string' ? Buffer.byteLength(message) : message.length;
}
