/** Requests that wait for one engine; as many as Ollama keeps waiting. Each holds back no more than its first window. */
const MAX_WAITING = 512;

/** Whose generations are counted. */
export interface Counted {
  /** At the same time. */
  readonly limit: number;
}

/** The place of one generation: it waits, then it has its turn until it is given back. */
export interface Turn {
  /** Over, or not wanted any more: the next one has its turn. */
  release(): void;
}

export interface TurnsOptions {
  /** Over all engines, asked each time; undefined = no limit but those of the engines. */
  maxTotal?: () => number | undefined;
  /** As above. */
  maxWaiting?: () => number | undefined;
  /** More or fewer run or wait. */
  changed?: () => void;
}

interface Waiting {
  counted: Counted;
  begin(): void;
  gone(): void;
}

interface Counts {
  running: number;
  waiting: number;
}

/**
 * Lets no more generations run than each engine and the bridge as a whole are to have; the others wait in the order in
 * which they came, but nobody waits for an engine that they do not need.
 */
export class Turns {
  readonly #options: TurnsOptions;
  readonly #counts = new Map<Counted, Counts>();
  readonly #waiting = new Set<Waiting>();
  #running = 0;

  constructor(options: TurnsOptions = {}) {
    this.#options = options;
  }

  running(counted: Counted): number {
    return this.#counts.get(counted)?.running ?? 0;
  }

  waiting(counted: Counted): number {
    return this.#counts.get(counted)?.waiting ?? 0;
  }

  /** There is room, and nobody waits for it. */
  isFree(counted: Counted): boolean {
    return this.waiting(counted) === 0 && this.#hasRoom(counted);
  }

  /**
   * Calls `begin` when it is its turn, perhaps at once; `gone` if the engine is taken away before. Undefined: too many
   * wait already.
   */
  take(counted: Counted, begin: () => void, gone: () => void = () => {}): Turn | undefined {
    const counts = this.#countsOf(counted);
    if (this.isFree(counted)) {
      this.#started(counts);
      begin();
      return this.#turn(counted, counts, undefined);
    }
    if (counts.waiting >= MAX_WAITING || this.#waiting.size >= (this.#options.maxWaiting?.() ?? Infinity))
      return undefined;
    const waiting = { counted, begin, gone };
    this.#waiting.add(waiting);
    counts.waiting++;
    this.#options.changed?.();
    return this.#turn(counted, counts, waiting);
  }

  /** Lets begin whoever can: a limit may have been raised. */
  advance(): void {
    for (const waiting of this.#waiting) {
      if (!this.#hasRoom(waiting.counted)) continue;
      const counts = this.#countsOf(waiting.counted);
      this.#waiting.delete(waiting);
      counts.waiting--;
      this.#started(counts);
      waiting.begin();
    }
  }

  /** The engine is taken away: nobody waits for it any more. What runs goes on. */
  remove(counted: Counted): void {
    for (const waiting of this.#waiting) if (waiting.counted === counted) waiting.gone();
  }

  #turn(counted: Counted, counts: Counts, waiting: Waiting | undefined): Turn {
    let isOver = false;
    return {
      release: () => {
        if (isOver) return;
        isOver = true;
        if (waiting && this.#waiting.delete(waiting)) counts.waiting--;
        else {
          counts.running--;
          this.#running--;
        }
        if (counts.running === 0 && counts.waiting === 0) this.#counts.delete(counted);
        this.#options.changed?.();
        if (this.#waiting.size > 0) this.advance();
      },
    };
  }

  #started(counts: Counts): void {
    counts.running++;
    this.#running++;
    this.#options.changed?.();
  }

  #hasRoom(counted: Counted): boolean {
    return this.running(counted) < counted.limit && this.#running < (this.#options.maxTotal?.() ?? Infinity);
  }

  #countsOf(counted: Counted): Counts {
    let counts = this.#counts.get(counted);
    if (counts === undefined) this.#counts.set(counted, (counts = { running: 0, waiting: 0 }));
    return counts;
  }
}
