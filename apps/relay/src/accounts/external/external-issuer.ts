import { createLocalJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import type { Logger } from 'pino';
import { RelayError } from '../../errors.ts';
import type { SettingsStore } from '../../storage/settings-store.ts';
import { discoverIssuer } from './external-issuer-discovery.ts';
import { fetchKeySet } from './external-issuer-keys.ts';
import { externalIssuerStore, type KnownIssuer } from './external-issuer-store.ts';
import type { TrustedIssuer } from '../token-verifier.ts';

/** Keys that the issuer has removed are trusted no longer than this. */
const REFRESH_MS = 10 * 60 * 1000;
/** After a failure: an issuer that is back is asked soon. */
const RETRY_MS = 60 * 1000;
/** Discovery and keys together. */
const TIMEOUT_MS = 5_000;
/** However many tokens name unknown keys, the issuer is asked once in this time. */
const COOL_DOWN_MS = 30_000;
/** The same while there are no keys at all, and nobody can get in. */
const COOL_DOWN_WITHOUT_KEYS_MS = 2_000;
/** What clients are told to wait then. */
const RETRY_AFTER_SECONDS = 5;

export interface ExternalIssuerParts {
  /** As its tokens name it. */
  url: string;
  /** Where its keys are; undefined = its discovery document says it. */
  jwksUrl: string | undefined;
  settings: SettingsStore;
  log: Logger;
  /** Milliseconds, of any clock that does not go back. */
  now?: () => number;
}

/** Makes what the relay knows of an issuer; resolves when its keys are here or can't be had now. */
export async function createExternalIssuer(parts: ExternalIssuerParts): Promise<ExternalIssuer> {
  const issuer = new ExternalIssuer(parts);
  await issuer.begin();
  return issuer;
}

/** An issuer somewhere else: its keys, fetched, cached, kept over restarts, and renewed in the background. */
export class ExternalIssuer implements TrustedIssuer, Disposable {
  readonly url: string;
  revision = 0;
  readonly #jwksUrl: string | undefined;
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #store: ReturnType<typeof externalIssuerStore>;
  readonly #closing = new AbortController();
  #known: KnownIssuer | undefined;
  #keySet: JWTVerifyGetKey | undefined;
  #loading: Promise<boolean> | undefined;
  #askedForToken = Number.NEGATIVE_INFINITY;
  #isOut = false;
  #timer: NodeJS.Timeout | undefined;

  constructor({ url, jwksUrl, settings, log, now = () => performance.now() }: ExternalIssuerParts) {
    this.url = url;
    this.#jwksUrl = jwksUrl;
    this.#store = externalIssuerStore(settings);
    this.#log = log;
    this.#now = now;
  }

  /** Called once, first. */
  async begin(): Promise<void> {
    try {
      const kept = await this.#store.load(this.url, this.#jwksUrl);
      if (kept !== undefined) this.#use(kept);
    } catch (err) {
      this.#log.warn({ err }, 'Cannot read the kept keys of the identity provider: they are fetched again');
    }
    await this.refresh();
  }

  readonly keys: JWTVerifyGetKey = async (header, token) => {
    if (this.#keySet === undefined) await this.#askForToken(COOL_DOWN_WITHOUT_KEYS_MS);
    if (this.#keySet === undefined) throw this.#unavailable();
    try {
      return await this.#keySet(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      if (!(await this.#askForToken(COOL_DOWN_MS))) throw error;
      return this.#keySet(header, token);
    }
  };

  async keyCount(): Promise<number> {
    return this.#known?.keys.keys.length ?? 0;
  }

  /** Of the addresses that the web app calls to sign people in. */
  get origins(): string[] {
    return [...new Set([new URL(this.url).origin, ...(this.#known?.origins ?? [])])];
  }

  /** Fetches everything anew, now and then every ten minutes; never rejects. */
  async refresh(): Promise<void> {
    clearTimeout(this.#timer);
    const isGood = await this.#load(true);
    if (this.#closing.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.refresh(), isGood ? REFRESH_MS : RETRY_MS).unref();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#closing.abort();
  }

  /** Asks the issuer because of a token, unless that was done just now; false when nothing new came of it. */
  async #askForToken(coolDownMs: number): Promise<boolean> {
    // What is under way was not asked for by this token: it joins.
    if (this.#loading === undefined) {
      if (this.#now() - this.#askedForToken < coolDownMs) return false;
      this.#askedForToken = this.#now();
    }
    return this.#load(false);
  }

  /** One request at a time; never rejects. Without `discover`, a known address of the keys is one request. */
  #load(discover: boolean): Promise<boolean> {
    this.#loading ??= this.#fetch(discover)
      .then(
        (known) => this.#take(known),
        (error: unknown) => this.#fail(error),
      )
      .finally(() => (this.#loading = undefined));
    return this.#loading;
  }

  async #fetch(discover: boolean): Promise<KnownIssuer> {
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const place = await this.#place(discover, signal);
    const keys = await fetchKeySet(place.jwksUrl, signal);
    return { issuer: this.url, configuredJwksUrl: this.#jwksUrl, ...place, keys };
  }

  async #place(discover: boolean, signal: AbortSignal): Promise<Pick<KnownIssuer, 'jwksUrl' | 'origins'>> {
    if (this.#jwksUrl !== undefined) return { jwksUrl: this.#jwksUrl, origins: [] };
    if (this.#known !== undefined && !discover) return { jwksUrl: this.#known.jwksUrl, origins: this.#known.origins };
    return discoverIssuer(this.url, signal);
  }

  #use(known: KnownIssuer): void {
    this.#keySet = createLocalJWKSet(known.keys);
    const trusted = new Set(known.keys.keys.map(({ n }) => n));
    if (this.#known?.keys.keys.some(({ n }) => !trusted.has(n))) this.revision++;
    this.#known = known;
  }

  async #take(known: KnownIssuer): Promise<boolean> {
    const isNews = JSON.stringify(known) !== JSON.stringify(this.#known);
    this.#use(known);
    if (this.#isOut) this.#log.info({ issuer: this.url }, 'The identity provider is back');
    this.#isOut = false;
    if (isNews) {
      await this.#store
        .save(known)
        .catch((err: unknown) => this.#log.warn({ err }, 'Cannot keep the keys of the identity provider'));
    }
    return true;
  }

  #fail(error: unknown): boolean {
    if (this.#isOut || this.#closing.signal.aborted) return false;
    this.#isOut = true;
    const consequence =
      this.#keySet === undefined
        ? 'nobody can use the relay until it answers'
        : 'tokens of known keys go on working, new keys are not seen';
    this.#log.warn(
      { issuer: this.url, problem: problemOf(error) },
      `Cannot fetch the keys of the identity provider: ${consequence}`,
    );
    return false;
  }

  #unavailable(): RelayError {
    return new RelayError(
      'sign_in_unavailable',
      `Cannot check access tokens: the keys of the identity provider ${this.url} cannot be had. Try again shortly; ` +
        "if it lasts, the relay's log says what is wrong with it.",
      { retryAfter: RETRY_AFTER_SECONDS },
    );
  }
}

/** In one line: fetch hides the reason in the cause. */
function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / 1000} s`;
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return `${error.message}: ${cause.message || String((cause as NodeJS.ErrnoException).code)}`;
}
