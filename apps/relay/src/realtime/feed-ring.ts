import type { RealtimeLimits } from './limits.ts';
import type { Told } from './change-reader.ts';

/** One change as it was told. */
export interface FeedEntry {
  /** From 1, without gaps. */
  number: number;
  told: Told;
  /** The whole envelope, encoded once for all devices. */
  text: string;
}

/** The newest changes of one person, numbered. Numbers mean something only together with the epoch. */
export class FeedRing {
  readonly #limits: Pick<RealtimeLimits, 'ringEntries' | 'ringCharacters'>;
  #epoch = newEpoch();
  #entries: FeedEntry[] = [];
  #characters = 0;
  #last = 0;

  constructor(limits: Pick<RealtimeLimits, 'ringEntries' | 'ringCharacters'>) {
    this.#limits = limits;
  }

  get epoch(): string {
    return this.#epoch;
  }

  /** The number of the newest change; 0 before the first one. */
  get last(): number {
    return this.#last;
  }

  /** Characters that are held. */
  get characters(): number {
    return this.#characters;
  }

  /** What devices resume after. */
  idOf(number: number): string {
    return `${this.#epoch}-${number}`;
  }

  /** The number that an id stands for when all that came after it is still here. */
  placeOf(id: string): number | undefined {
    const [, epoch, digits] = /^([\w]+)-(\d{1,15})$/.exec(id) ?? [];
    const number = Number(digits);
    return epoch === this.#epoch && number <= this.#last && number >= this.#last - this.#entries.length
      ? number
      : undefined;
  }

  append(told: Told): void {
    const number = ++this.#last;
    const text = JSON.stringify({
      type: told.type,
      id: this.idOf(number),
      timestamp: new Date().toISOString(),
      payload: told.payload,
    });
    this.#entries.push({ number, told, text });
    this.#characters += text.length;
    const { ringEntries, ringCharacters } = this.#limits;
    // The newest one stays, however long it is.
    while (this.#entries.length > ringEntries || (this.#characters > ringCharacters && this.#entries.length > 1)) {
      this.#characters -= this.#entries.shift()?.text.length ?? 0;
    }
  }

  /** The change after this number; `none` when it was the last one, `lost` when the next one is no longer here. */
  after(number: number): FeedEntry | 'none' | 'lost' {
    if (number >= this.#last) return 'none';
    return this.#entries[number - (this.#last - this.#entries.length)] ?? 'lost';
  }

  /** Something could not be told: nobody can go on after what came before. */
  restart(): void {
    this.#epoch = newEpoch();
    this.#entries = [];
    this.#characters = 0;
    this.#last = 0;
  }
}

function newEpoch(): string {
  return crypto.randomUUID().replaceAll('-', '').slice(0, 12);
}
