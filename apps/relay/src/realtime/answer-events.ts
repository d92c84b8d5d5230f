import type { ChatEvent } from '@cloudtolocalllm/protocol';
import type { Generation } from '../chat/generation.ts';

/** What is read of a generation: its events stay in its own log, so nothing is kept for a slow listener. */
export type LiveAnswer = Pick<Generation, 'key' | 'first' | 'last' | 'isEnded' | 'event' | 'resume' | 'follow'>;

/** The number of no event: who asks for what came after it is told everything in one. */
const NO_EVENT = -1;

/** The newest event of each answer as JSON: listeners who keep up, which are most, share it. */
export class AnswerEvents {
  readonly #newest = new WeakMap<LiveAnswer, { seq: number; text: string }>();

  /** The payload of `chat_event` for event number `seq`. */
  payload(answer: LiveAnswer, seq: number): string {
    const newest = this.#newest.get(answer);
    if (newest?.seq === seq) return newest.text;
    const text = encode(answer, answer.event(seq));
    if (seq === answer.last) this.#newest.set(answer, { seq, text });
    return text;
  }

  /** For a listener who comes late: all that was said until now, in place of the events up to number `sent`. */
  whole(answer: LiveAnswer): { sent: number; text: string } | undefined {
    const { sent, replace } = answer.resume(NO_EVENT);
    return replace && { sent, text: encode(answer, replace) };
  }
}

function encode({ key: { conversationId, messageId } }: LiveAnswer, event: ChatEvent): string {
  return JSON.stringify({ conversationId, messageId, event });
}

/** One listener's way through one answer. */
export class FollowedAnswer implements Disposable {
  readonly answer: LiveAnswer;
  readonly #events: AnswerEvents;
  readonly #following: Disposable;
  /** The number of the last event that was taken; below the first one at the beginning. */
  #taken: number;

  constructor(answer: LiveAnswer, events: AnswerEvents, listener: () => void) {
    this.answer = answer;
    this.#events = events;
    this.#taken = answer.first - 1;
    this.#following = answer.follow(listener);
  }

  get isOver(): boolean {
    return this.answer.isEnded && this.#taken === this.answer.last;
  }

  /** The next payload, when there is one. Who begins when more than `start` is there gets all of it as one event. */
  next(): string | undefined {
    const { first, last } = this.answer;
    if (this.#taken >= last) return undefined;
    const whole = this.#taken < first && last > first ? this.#events.whole(this.answer) : undefined;
    if (whole !== undefined) {
      this.#taken = whole.sent;
      return whole.text;
    }
    this.#taken++;
    return this.#events.payload(this.answer, this.#taken);
  }

  [Symbol.dispose](): void {
    this.#following[Symbol.dispose]();
  }
}
