import type { BridgeLink } from '../bridges/bridge-link.ts';
import type { QueuedAnswer } from './queued-answer.ts';

/** What a bridge was sent and has not ended. */
export interface Sent {
  answer: QueuedAnswer;
  link: BridgeLink;
  /** When its bridge last said something of it, by the queue's clock. */
  heardAt: number;
  replies: Disposable | undefined;
}

/** The queue of one bridge at work: one message at a time, and one change at a time. */
export class Lane {
  readonly userId: string;
  readonly bridgeId: string;
  sent: Sent | undefined;
  /** A look at whose turn it is waits already. */
  isDue = false;
  /** The link that was told what to forget. */
  toldLink: BridgeLink | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(userId: string, bridgeId: string) {
    this.userId = userId;
    this.bridgeId = bridgeId;
  }

  get isIdle(): boolean {
    return this.sent === undefined && this.#waiting === 0;
  }

  /** Resolves when all that was begun so far is done. */
  async settled(): Promise<void> {
    await this.#tail;
  }

  /** Does it after everything that came before. */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#waiting++;
    const result = this.#tail.then(work).finally(() => this.#waiting--);
    this.#tail = result.catch(() => {}); // whoever asked gets the error
    return result;
  }
}
