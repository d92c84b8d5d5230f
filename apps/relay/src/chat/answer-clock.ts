import type { AnswerMetadata } from '@cloudtolocalllm/protocol';

/** How long an answer takes, as the relay sees it. */
export class AnswerClock {
  readonly #now: () => number;
  #askedAt: number | undefined;
  #thoughtAt: number | undefined;
  #firstTokenMs: number | undefined;
  #thinkingMs: number | undefined;

  /** `now`: a monotonic clock in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Asking again after nothing was said does not begin anew: the person has waited since the first time. */
  asked(): void {
    this.#askedAt ??= this.#now();
  }

  thought(): void {
    this.#thoughtAt ??= this.#now();
  }

  /** A piece of the text has come. */
  spoke(): void {
    if (this.#firstTokenMs !== undefined) return;
    this.#firstTokenMs = this.#since(this.#askedAt);
    this.ended();
  }

  ended(): void {
    if (this.#thoughtAt !== undefined) this.#thinkingMs ??= this.#since(this.#thoughtAt);
  }

  get times(): Pick<AnswerMetadata, 'firstTokenMs' | 'thinkingMs'> {
    return {
      ...(this.#firstTokenMs !== undefined && { firstTokenMs: this.#firstTokenMs }),
      ...(this.#thinkingMs !== undefined && { thinkingMs: this.#thinkingMs }),
    };
  }

  #since(then: number | undefined): number {
    const now = this.#now();
    return Math.round(now - (then ?? now));
  }
}
