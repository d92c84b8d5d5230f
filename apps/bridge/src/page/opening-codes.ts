import { randomBytes } from 'node:crypto';
import { sameSecret } from './same-secret.ts';

/** A browser starts within it; a code that lies around longer opens nothing. */
export const CODE_LIFE_MS = 60_000;
/** Not used yet: somebody presses twice, not a hundred times. */
const MAX_CODES = 8;

/** Codes that open the page once: a browser's command line, which other users can read, holds one instead of the token. */
export class OpeningCodes {
  readonly #now: () => number;
  #codes: { code: string; until: number }[] = [];

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  make(): string {
    const code = randomBytes(24).toString('base64url');
    this.#codes.push({ code, until: this.#now() + CODE_LIFE_MS });
    this.#codes = this.#codes.slice(-MAX_CODES);
    return code;
  }

  /** True once for each code, while it lives. */
  use(given: string): boolean {
    const now = this.#now();
    const left = this.#codes.filter(({ until }) => until > now);
    const found = left.find(({ code }) => sameSecret(given, code));
    this.#codes = left.filter((code) => code !== found);
    return found !== undefined;
  }
}
