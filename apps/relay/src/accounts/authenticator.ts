import type { Authenticator } from './authenticate.ts';
import { rightsOf } from './rights.ts';
import type { TokenVerifier } from './token-verifier.ts';

export interface AuthenticatorOptions {
  tokens: TokenVerifier;
  /** Whether this subject runs the relay. */
  isAdmin: (userId: string) => boolean;
}

/** Access tokens of the configured issuer. */
export function createAuthenticator({ tokens, isAdmin }: AuthenticatorOptions): Authenticator {
  return {
    async authenticate(token) {
      const { userId, scopes } = await tokens.verify(token);
      return { id: userId, rights: rightsOf(scopes, { isAdmin: isAdmin(userId) }) };
    },
  };
}
