import { API_KEY_PREFIX } from '@cloudtolocalllm/protocol';
import type { AuditLog } from '../audit/audit-log.ts';
import { RelayError } from '../errors.ts';
import type { ActiveKeys } from '../keys/active-keys.ts';
import type { Erasures } from '../personal-data/erasures.ts';
import type { AllowList } from './allow-list.ts';
import type { Authenticator } from './authenticate.ts';
import { rightsOf, type User } from './rights.ts';
import { invalidToken, type TokenVerifier, type VerifiedToken } from './token-verifier.ts';
import type { UserStore } from './user-store.ts';

export interface AuthenticatorOptions {
  tokens: TokenVerifier;
  users: UserStore;
  mayEnter: AllowList;
  /** Whether this subject runs the relay. */
  isAdmin: (userId: string) => boolean;
  /** Where accepted tokens are noted; undefined = whoever issues them notes that. */
  audit: AuditLog | undefined;
  keys: Pick<ActiveKeys, 'authenticate'>;
  /** Lets nobody in whose data is being deleted. */
  erasures: Pick<Erasures, 'refuse'>;
}

/** It remembers whom it has entered. */
export interface RememberingAuthenticator extends Authenticator {
  /** Enters everybody anew: somebody's row is gone. */
  forget(): void;
}

/** Access tokens of the configured issuer, each of whose persons is entered with the first request. */
export function createAuthenticator({
  tokens,
  users,
  mayEnter,
  isAdmin,
  audit,
  keys,
  erasures,
}: AuthenticatorOptions): RememberingAuthenticator {
  /** By what the verifier remembers: whose token it forgets, enters anew. */
  let entered = new WeakMap<VerifiedToken, Promise<User>>();

  async function enter(
    { userId: id, name, email, issuedAt, client, scopes }: VerifiedToken,
    address?: string,
  ): Promise<User> {
    const entry = await users.enter({ id, name, email, issuedAt }, mayEnter);
    if (entry.outcome === 'not allowed') throw notAllowed();
    if (entry.outcome === 'token ended') throw invalidToken(new Error('Token was ended before its time'));
    if (entry.isNewToken) await audit?.record(id, { action: 'token_accepted', target: client, address });
    return { id, rights: rightsOf(scopes, { isAdmin: isAdmin(id) }) };
  }

  async function find(token: string, address: string | undefined): Promise<User> {
    if (token.startsWith(API_KEY_PREFIX)) return keys.authenticate(token);
    const verified = await tokens.verify(token);
    erasures.refuse(verified.userId);
    let entering = entered.get(verified);
    if (entering === undefined) {
      entering = enter(verified, address);
      entered.set(verified, entering);
      // A failure is not kept: the next request tries again.
      entering.catch(() => entered.delete(verified));
    }
    return entering;
  }

  return {
    async authenticate(token, address) {
      const user = await find(token, address);
      erasures.refuse(user.id);
      return user;
    },

    forget() {
      entered = new WeakMap();
    },
  };
}

/** Also for what an API key says of a person who may no longer enter. */
export function notAllowed(): RelayError {
  return new RelayError(
    'forbidden',
    'You are signed in, but this relay does not let you in: ask whoever runs it to add your address or subject to AUTH_ALLOW.',
  );
}
