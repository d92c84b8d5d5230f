import { type Right, RIGHTS, type Scope, SCOPES } from '@cloudtolocalllm/protocol';

/** In whose name a request is made, and what it may do. */
export interface User {
  id: string;
  rights: ReadonlySet<Right>;
  /** Set when it came with an API key. */
  key?: KeyRestrictions;
}

/** What an API key may reach, beyond its scopes. */
export interface KeyRestrictions {
  id: string;
  /** When it ends, in milliseconds since 1970; Infinity = never. */
  expires: number;
  /** Undefined = all of its owner's bridges. */
  bridges: ReadonlySet<string> | undefined;
  /** Undefined = all models. */
  models: readonly string[] | undefined;
}

const PERSONAL: readonly Right[] = [...SCOPES, 'account'];

/** Everything a person may do in their own account. */
export const FULL_RIGHTS: ReadonlySet<Right> = new Set(PERSONAL);

/**
 * What an access token may do: its user's full rights, unless it names some of our scopes; then these alone. Issuers add
 * scopes of their own (openid, profile) that say nothing here.
 */
export function rightsOf(scopes: readonly string[], { isAdmin }: { isAdmin: boolean }): ReadonlySet<Right> {
  const named = SCOPES.filter((name) => scopes.includes(name));
  const rights: readonly Right[] = named.length > 0 ? named : PERSONAL;
  return isAdmin || scopes.includes('admin') ? new Set([...rights, 'admin']) : new Set(rights);
}

/** In a fixed order, for `/api/me`. */
export function listRights(rights: ReadonlySet<Right>): Right[] {
  return RIGHTS.filter((right) => rights.has(right));
}

/** The rights of an API key: its scopes, nothing else. */
export function rightsOfKey(scopes: readonly Scope[]): ReadonlySet<Right> {
  return new Set<Right>(scopes);
}
