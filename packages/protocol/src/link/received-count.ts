import { encodeAck } from './handshake.ts';
import { LINK_LIMITS } from './limits.ts';
import { passed } from './young-garbage.ts';

/** Counts the messages of a session that have arrived, and acknowledges them: soon when they are large, else by a timer. */
export class ReceivedCount {
  /** Messages so far, for the handshake of the next socket. */
  count = 0;
  readonly #send: (ack: Buffer) => void;
  #acknowledged = 0;
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (ack: Buffer) => void) {
    this.#send = send;
  }

  add(bytes: number): void {
    this.count++;
    passed(bytes);
    this.#bytes += bytes;
    if (this.#bytes >= LINK_LIMITS.ackBytes) this.#acknowledge();
    else this.#timer ??= setTimeout(this.#acknowledge, LINK_LIMITS.ackMs).unref();
  }

  /** The handshake of a socket has told the peer; until the next message there is nothing to acknowledge. */
  told(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#acknowledged = this.count;
    this.#bytes = 0;
  }

  readonly #acknowledge = (): void => {
    if (this.#acknowledged === this.count) return;
    this.told();
    this.#send(encodeAck(this.count));
  };
}
