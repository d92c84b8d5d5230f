import type { BridgeMessageRow } from '../storage/tables.ts';
import type { QueueWriter } from './queue-writer.ts';
import { QueuedAnswer } from './queued-answer.ts';

/** The messages that a bridge was sent or that somebody follows, each once, as long as anybody holds it. */
export class HeldAnswers {
  readonly #writer: QueueWriter;
  readonly #held = new Map<string, { answer: QueuedAnswer; holders: number }>();

  constructor(writer: QueueWriter) {
    this.#writer = writer;
  }

  get(id: string): QueuedAnswer | undefined {
    return this.#held.get(id)?.answer;
  }

  /** The one that is there already, else as its row says; `release` it when it is not needed any more. */
  hold(row: BridgeMessageRow): QueuedAnswer {
    let held = this.#held.get(row.id);
    if (!held) {
      held = { answer: new QueuedAnswer(row), holders: 0 };
      this.#writer.isStored(held.answer);
      this.#held.set(row.id, held);
    }
    held.holders++;
    return held.answer;
  }

  release(answer: QueuedAnswer): void {
    const held = this.#held.get(answer.id);
    if (held?.answer === answer && --held.holders === 0) this.#held.delete(answer.id);
  }

  /** It is not as the database says: the next one who wants it gets it anew, and whoever follows it is told to. */
  drop(answer: QueuedAnswer): void {
    if (this.get(answer.id) === answer) this.#held.delete(answer.id);
    answer.leave();
  }

  /** All of this bridge, as `drop`. */
  dropOf(bridgeId: string): void {
    for (const { answer } of this.#held.values()) if (answer.bridgeId === bridgeId) this.drop(answer);
  }

  /** Whoever follows one is told that nothing more comes from here. */
  leaveAll(): void {
    for (const { answer } of this.#held.values()) answer.leave();
  }
}
