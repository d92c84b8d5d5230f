import { RelayError } from '../errors.ts';
import type { UserEvents } from '../fabric/user-events.ts';

/** So long a question waits for a computer. */
export const WAIT_MS = 24 * 60 * 60 * 1000;
/** More than a person asks in a day without an answer. */
export const MAX_WAITING_PER_USER = 100;
/** The user's streams are all taken by others, of whose ends nothing is heard here. */
const STREAMS_FULL_MS = 5_000;

/** One answer that waits. */
export interface WaitingAnswer {
  userId: string;
  /** ISO 8601; the oldest goes first. */
  created: string;
  expires: string;
  /** Whether somebody is there who can answer it. */
  mayAnswer(): boolean;
  /** Nobody wants it any more. */
  signal: AbortSignal;
  /** It was tried in vain: not again for so long, unless a bridge of its user changes. */
  delayMs?: number;
}

interface Waiting extends WaitingAnswer {
  notBefore: number;
  timer?: NodeJS.Timeout;
  turn: PromiseWithResolvers<Disposable>;
}

/** Those of one user, the oldest first. */
interface Line {
  waiting: Waiting[];
  /** One of them has its turn. */
  isAnswering: boolean;
  listening: Disposable | undefined;
  streamsFull?: NodeJS.Timeout;
}

export interface WaitingAnswersOptions {
  /** A `bridge` event makes everybody of its user look again. */
  events?: Pick<UserEvents, 'subscribe'> | undefined;
  /** One of the user's streams. @throws RelayError rate_limited when there is none. */
  take(userId: string): Disposable;
  perUser?: number;
  now?: () => number;
}

/**
 * Answers that wait until a computer is there that can make them. Each user's are let go one after another, in the order
 * in which they were asked: an engine at home does one thing at a time.
 */
export class WaitingAnswers {
  readonly #events: WaitingAnswersOptions['events'];
  readonly #take: WaitingAnswersOptions['take'];
  readonly #perUser: number;
  readonly #now: () => number;
  readonly #lines = new Map<string, Line>();
  readonly #places = new Map<string, number>();

  constructor({ events, take, perUser = MAX_WAITING_PER_USER, now = Date.now }: WaitingAnswersOptions) {
    this.#events = events;
    this.#take = take;
    this.#perUser = perUser;
    this.#now = now;
  }

  /**
   * A place among the user's; disposing frees it. One that is `owed`, because the message was taken long ago, is given
   * however many there are. @throws RelayError queue_full
   */
  place(userId: string, isOwed = false): Disposable {
    const count = this.#places.get(userId) ?? 0;
    if (count >= this.#perUser && !isOwed) {
      throw new RelayError(
        'queue_full',
        `${count} of your messages wait for a computer already, and that is as many as this relay keeps. ` +
          'Start a bridge, or stop some of them.',
      );
    }
    this.#places.set(userId, count + 1);
    let isTaken = true;
    return {
      [Symbol.dispose]: () => {
        if (!isTaken) return;
        isTaken = false;
        const left = (this.#places.get(userId) ?? 1) - 1;
        if (left === 0) this.#places.delete(userId);
        else this.#places.set(userId, left);
      },
    };
  }

  /**
   * Resolves when it may be made: it holds one of the user's streams then, until the turn is disposed. Rejects with
   * RelayError expired, or with the signal's reason.
   */
  async turn(answer: WaitingAnswer): Promise<Disposable> {
    answer.signal.throwIfAborted();
    const { userId, delayMs = 0 } = answer;
    const waiting: Waiting = { ...answer, notBefore: this.#now() + delayMs, turn: Promise.withResolvers() };
    const line = this.#lineOf(userId);
    const before = line.waiting.findLastIndex(({ created }) => created <= answer.created);
    line.waiting.splice(before + 1, 0, waiting);
    const leave = (): void => this.#refuse(waiting, answer.signal.reason);
    answer.signal.addEventListener('abort', leave, { once: true });
    this.#arm(waiting);
    this.#look(userId);
    try {
      return await waiting.turn.promise;
    } finally {
      answer.signal.removeEventListener('abort', leave);
      clearTimeout(waiting.timer);
      this.#tidy(userId);
    }
  }

  #lineOf(userId: string): Line {
    let line = this.#lines.get(userId);
    if (line === undefined) {
      line = { waiting: [], isAnswering: false, listening: undefined };
      this.#lines.set(userId, line);
    }
    line.listening ??= this.#events?.subscribe(userId, ({ type }) => {
      if (type !== 'bridge') return;
      for (const waiting of this.#lines.get(userId)?.waiting ?? []) waiting.notBefore = 0;
      this.#look(userId);
    });
    return line;
  }

  /** Gives the turn to the oldest one that can be answered. */
  #look(userId: string): void {
    const line = this.#lines.get(userId);
    if (!line || line.isAnswering) return;
    const now = this.#now();
    const index = line.waiting.findIndex(({ notBefore, mayAnswer }) => notBefore <= now && mayAnswer());
    const next = line.waiting[index];
    if (!next) return;
    let stream: Disposable;
    try {
      stream = this.#take(userId);
    } catch {
      clearTimeout(line.streamsFull);
      line.streamsFull = setTimeout(() => this.#look(userId), STREAMS_FULL_MS);
      return;
    }
    line.waiting.splice(index, 1);
    line.isAnswering = true;
    let isHeld = true;
    next.turn.resolve({
      [Symbol.dispose]: () => {
        if (!isHeld) return;
        isHeld = false;
        stream[Symbol.dispose]();
        line.isAnswering = false;
        this.#look(userId);
        this.#tidy(userId);
      },
    });
  }

  /** One timer for each: until it may be tried again, then until it has waited for too long. */
  #arm(waiting: Waiting): void {
    const now = this.#now();
    const expires = Date.parse(waiting.expires);
    if (now >= expires) return this.#refuse(waiting, expired());
    const at = waiting.notBefore > now ? Math.min(waiting.notBefore, expires) : expires;
    waiting.timer = setTimeout(() => {
      this.#arm(waiting);
      this.#look(waiting.userId);
    }, at - now);
  }

  /** It leaves the line at once: whoever has left must not be given a turn. */
  #refuse(waiting: Waiting, reason: unknown): void {
    const line = this.#lines.get(waiting.userId);
    const index = line?.waiting.indexOf(waiting) ?? -1;
    if (index !== -1) line?.waiting.splice(index, 1);
    waiting.turn.reject(reason);
  }

  #tidy(userId: string): void {
    const line = this.#lines.get(userId);
    if (!line || line.waiting.length > 0) return;
    clearTimeout(line.streamsFull);
    line.listening?.[Symbol.dispose]();
    line.listening = undefined;
    if (!line.isAnswering) this.#lines.delete(userId);
  }
}

function expired(): RelayError {
  return new RelayError(
    'expired',
    'No computer with this model came online in time. Start the bridge there with: cloudtolocalllm up, and ask again.',
  );
}
