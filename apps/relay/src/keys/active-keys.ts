import type { Scope } from '@cloudtolocalllm/protocol';
import { LRUCache } from 'lru-cache';
import type { AllowList } from '../accounts/allow-list.ts';
import { notAllowed } from '../accounts/authenticator.ts';
import { type KeyRestrictions, rightsOfKey, type User } from '../accounts/rights.ts';
import { RelayError } from '../errors.ts';
import { hashOf, isSecret } from './key-secret.ts';
import type { KeyStore, OwnedKey } from './key-store.ts';
import type { KeyUsage } from './key-usage.ts';

/** Keys remembered: some megabytes, more than are used at a time. */
const MAX_REMEMBERED = 5_000;
/** So long a key is used without a look at the database. */
const REMEMBER_MS = 30_000;
/** Far more than can be revoked while a request that brings one is looked up. */
const MAX_REVOKED = 10_000;

/** What is open in a key's name, the answer to a request or a WebSocket; `destroy` breaks it off. */
export interface Held {
  readonly destroyed: boolean;
  destroy(): unknown;
  once(event: 'close', listener: () => void): unknown;
}

type KeyUser = User & { key: KeyRestrictions };

interface RememberedKey {
  user: KeyUser;
  email: string | null;
  /** Milliseconds since 1970. */
  expires: number;
  until: number;
}

export interface ActiveKeysOptions {
  keys: KeyStore;
  usage: Pick<KeyUsage, 'used'>;
  /** Also of a key's owner. */
  mayEnter: AllowList;
  /** Milliseconds since 1970. */
  now?: () => number;
}

/** The API keys that are in use, and the requests that are being answered with each. */
export class ActiveKeys {
  readonly #options: ActiveKeysOptions;
  readonly #now: () => number;
  /** By their hashes: no secret stays in memory. */
  readonly #remembered = new LRUCache<string, RememberedKey>({ max: MAX_REMEMBERED });
  /** Against what was read of them before they were removed; ids don't come again. */
  readonly #revoked = new LRUCache<string, true>({ max: MAX_REVOKED });
  readonly #running = new Map<string, Set<Held>>();

  constructor(options: ActiveKeysOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /**
   * Whose key this is and what it may do.
   * @throws RelayError unauthorized; forbidden when the relay no longer lets its owner in.
   */
  async authenticate(secret: string): Promise<User> {
    if (!isSecret(secret)) throw invalidKey();
    const { user, email, expires } = await this.#find(hashOf(secret));
    if (this.#revoked.has(user.key.id) || expires <= this.#now()) throw invalidKey();
    if (!this.#options.mayEnter({ id: user.id, email })) throw notAllowed();
    this.#options.usage.used(user.key.id);
    return user;
  }

  /**
   * Holds what is open in this key's name, to break it off when the key is revoked.
   * @throws RelayError unauthorized when it was revoked a moment ago.
   */
  hold(keyId: string, held: Held): void {
    if (this.#revoked.has(keyId)) throw invalidKey();
    if (held.destroyed) return; // its close has been told already
    let running = this.#running.get(keyId);
    if (running === undefined) this.#running.set(keyId, (running = new Set()));
    running.add(held);
    held.once('close', () => {
      running.delete(held);
      if (running.size === 0 && this.#running.get(keyId) === running) this.#running.delete(keyId);
    });
  }

  /** How many requests are being answered with this key. */
  runningWith(keyId: string): number {
    return this.#running.get(keyId)?.size ?? 0;
  }

  /** The key was revoked: no request passes with it, and what is being answered breaks off. */
  revoke(keyId: string): void {
    this.#revoked.set(keyId, true);
    for (const [hash, { user }] of this.#remembered.entries()) {
      if (user.key.id === keyId) this.#remembered.delete(hash);
    }
    const running = this.#running.get(keyId);
    this.#running.delete(keyId);
    for (const held of running ?? []) held.destroy();
  }

  async #find(hash: string): Promise<RememberedKey> {
    const known = this.#remembered.get(hash);
    if (known !== undefined && known.until > this.#now()) return known;
    const row = await this.#options.keys.findByHash(hash);
    if (row === undefined) throw invalidKey();
    const found = { ...read(row), until: this.#now() + REMEMBER_MS };
    this.#remembered.set(hash, found);
    return found;
  }
}

function read({ id, user_id, scopes, bridges, models, expires, email }: OwnedKey): Omit<RememberedKey, 'until'> {
  // as: only the store's create() writes these columns
  const ends = expires === null ? Infinity : Date.parse(expires);
  const key: KeyRestrictions = {
    id,
    expires: ends,
    bridges: bridges === null ? undefined : new Set(JSON.parse(bridges) as string[]),
    models: models === null ? undefined : (JSON.parse(models) as string[]),
  };
  const user = { id: user_id, rights: rightsOfKey(JSON.parse(scopes) as Scope[]), key };
  return { user, email, expires: ends };
}

/** The one answer to unknown, expired and revoked keys. */
function invalidKey(): RelayError {
  return new RelayError('unauthorized', 'Invalid or expired API key');
}
