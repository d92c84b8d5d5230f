/** What something was, from when on, in `performance.now()` ms. */
export class Timeline {
  readonly #entries: { at: number; state: string }[] = [];

  add(state: string): void {
    if (this.now !== state) this.#entries.push({ at: performance.now(), state });
  }

  get now(): string | undefined {
    return this.#entries.at(-1)?.state;
  }

  /** When it first became such a state after `since`; undefined: never. */
  first(since: number, isSuch: (state: string) => boolean): number | undefined {
    return this.#entries.find(({ at, state }) => at >= since && isSuch(state))?.at;
  }

  count(since: number, state: string): number {
    return this.#entries.filter((entry) => entry.at >= since && entry.state === state).length;
  }
}
