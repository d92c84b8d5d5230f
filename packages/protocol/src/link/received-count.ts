import { encodeAck } from './handshake.ts';
import { LINK_LIMITS } from './limits.ts';
import { passed } from './young-garbage.ts';

/** Who sends an acknowledgement. */
export interface AckSender {
  sendAck(ack: Buffer): void;
}

/** Counts the messages of a session that have arrived, and acknowledges them: soon when they are large, else by a timer. */
export class ReceivedCount {
  /** Messages so far, for the handshake of the next socket. */
  count = 0;
  readonly #sender: AckSender;
  #acknowledged = 0;
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(sender: AckSender) {
    this.#sender = sender;
  }

  add(bytes: number): void {
    this.count++;
    passed(bytes);
    this.#bytes += bytes;
    if (this.#bytes >= LINK_LIMITS.ackBytes) this.#acknowledge();
    else this.#timer ??= setTimeout(ReceivedCount.#acknowledgeOne, LINK_LIMITS.ackMs, this).unref();
  }

  /** The handshake of a socket has told the peer; until the next message there is nothing to acknowledge. */
  told(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#acknowledged = this.count;
    this.#bytes = 0;
  }

  static readonly #acknowledgeOne = (count: ReceivedCount): void => count.#acknowledge();

  #acknowledge(): void {
    if (this.#acknowledged === this.count) return;
    this.told();
    this.#sender.sendAck(encodeAck(this.count));
  }
}
