import { join } from 'node:path';
import { BridgeError } from './bridge-error.ts';
import {
  loadAccount,
  loadCredentials,
  saveCredentials,
  updateAccount,
  type Credentials,
  type KnownAccount,
} from './credentials.ts';
import { withFileLock } from './file-lock.ts';
import { renewTokens, signInError } from './issuer.ts';
import { systemKeychain, type Keychain } from './keychain/keychain.ts';
import { RelayApiError } from './relay-api.ts';

/** A token that ends sooner than this is renewed first. */
const MARGIN_MS = 60_000;

export interface AccountOptions {
  keychain?: Keychain;
  /** Something the person should know although all goes on: the keychain did not take the new tokens. */
  notice?: (text: string) => void;
  /** Gets new tokens; absent: within this process. */
  renew?: typeof renewTokens;
}

/** Does the work while no other process of this profile changes its credentials. */
export function withCredentialsLock<Result>(directory: string, work: () => Promise<Result>): Promise<Result> {
  return withFileLock(join(directory, 'credentials.lock'), work);
}

/** Gives access tokens to whoever calls the relay as this person; renews and keeps them. */
export class Account {
  readonly #directory: string;
  readonly #options: AccountOptions;
  #credentials: Credentials;
  /** Which tokens are kept where this process last looked: another has renewed them when it is another time. */
  #kept: number;
  #renewing: Promise<string> | undefined;
  #keeping: Promise<void> = Promise.resolve();

  constructor(directory: string, value: Credentials, options: AccountOptions = {}) {
    this.#directory = directory;
    this.#credentials = value;
    this.#kept = value.accessTokenExpires;
    this.#options = options;
  }

  get credentials(): Credentials {
    return this.#credentials;
  }

  /** A token that is good for a minute at least. Throws BridgeError not_signed_in or keychain, RelayApiError. */
  async accessToken(): Promise<string> {
    if (this.#isGood()) return this.#credentials.accessToken;
    return (this.#renewing ??= this.#renew().finally(() => (this.#renewing = undefined)));
  }

  /** The relay refused the token: the next one is a new one. */
  expire(): void {
    this.#credentials = { ...this.#credentials, accessTokenExpires: 0 };
  }

  /** Keeps what else is known of the account; its tokens stay as they are, here and where they are kept. */
  async keep(changes: Partial<KnownAccount>): Promise<void> {
    this.#credentials = { ...this.#credentials, ...changes };
    // In the order in which they were made: waiters for a lock are not in a line.
    const keep = () => withCredentialsLock(this.#directory, () => updateAccount(this.#directory, changes));
    await (this.#keeping = this.#keeping.then(keep, keep));
  }

  #isGood(): boolean {
    return this.#credentials.accessTokenExpires - Date.now() > MARGIN_MS;
  }

  /** A refresh token works once and a second use ends them all: one process at a time, and the next takes what is new. */
  #renew(): Promise<string> {
    const refused = this.#credentials.accessToken;
    const renewing = withCredentialsLock(this.#directory, async () => {
      await this.#adopt();
      if (this.#credentials.accessToken !== refused && this.#isGood()) return this.#credentials.accessToken;
      const { issuer, oidcClientId, refreshToken } = this.#credentials;
      if (!refreshToken) throw signedOut();
      const { renew = renewTokens } = this.#options;
      const renewed = await renew({ issuer, clientId: oidcClientId, refreshToken });
      await this.#store({ ...this.#credentials, ...renewed });
      return this.#credentials.accessToken;
    });
    // Also a folder that is full or cannot be locked: that may go better later.
    return renewing.catch(async (error: unknown) => {
      throw await signInError(error, this.#credentials.issuer);
    });
  }

  async #store(value: Credentials): Promise<void> {
    this.#credentials = value; // also when they cannot be kept: the old ones are used up
    const { keychain, notice } = this.#options;
    const { credentials, trouble } = await saveCredentials(this.#directory, value, keychain ?? systemKeychain);
    this.#credentials = credentials;
    this.#kept = credentials.accessTokenExpires;
    if (trouble !== undefined) notice?.(`The new tokens are kept in a file from now on: ${trouble.message}`);
  }

  /** Takes what another process has kept meanwhile. */
  async #adopt(): Promise<void> {
    let stored: Credentials | undefined;
    try {
      stored = await loadCredentials(this.#directory, this.#options.keychain);
    } catch (error) {
      if (!(error instanceof BridgeError) || error.code !== 'keychain') throw error;
      // A keychain that is locked while its owner is away: the tokens at hand are as good, unless they were used up.
      if ((await loadAccount(this.#directory))?.accessTokenExpires === this.#kept) return;
      throw new RelayApiError(0, error.message, { cause: error });
    }
    if (!stored) throw signedOut();
    if (stored.relay !== this.#credentials.relay) {
      throw new BridgeError(
        'not_signed_in',
        `This computer was signed in to ${stored.relay} meanwhile: start the bridge again`,
      );
    }
    // Nobody else has renewed them: what is at hand is the same, or newer and could not be kept.
    if (stored.accessTokenExpires === this.#kept) return;
    this.#credentials = stored;
    this.#kept = stored.accessTokenExpires;
  }
}

function signedOut(): BridgeError {
  return new BridgeError('not_signed_in', 'You were signed out. Sign in again with: cloudtolocalllm login');
}
