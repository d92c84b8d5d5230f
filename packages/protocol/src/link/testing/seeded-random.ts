/** The cases are the same in each run, unless SEED=<number> in the environment asks for others. */
export const SEED = Number(process.env['SEED'] ?? 1);

/** mulberry32: a small generator that can be seeded, unlike Math.random. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!; // below(length) is an index
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }
}

/** Runs seeded cases and says which one failed. */
export async function cases(count: number, run: (random: Random) => void | Promise<void>): Promise<void> {
  for (let index = 0; index < count; index++) {
    try {
      await run(new Random(SEED + index));
    } catch (cause) {
      throw new Error(`Case ${index} failed with SEED = ${SEED}`, { cause });
    }
  }
}
