import { RelayError } from '../errors.ts';

/** What each person may do once at a time, as it waits for servers that they chose. */
export class OneAtATime {
  readonly #busy = new Set<string>();
  readonly #refusal: string;

  constructor(refusal: string) {
    this.#refusal = refusal;
  }

  /** @throws RelayError rate_limited while it is being done for this person. */
  async run<Result>(userId: string, task: () => Promise<Result>): Promise<Result> {
    if (this.#busy.has(userId)) throw new RelayError('rate_limited', this.#refusal);
    this.#busy.add(userId);
    try {
      return await task();
    } finally {
      this.#busy.delete(userId);
    }
  }
}
