import type { Kysely } from 'kysely';
import type { AuditLog } from '../../audit/audit-log.ts';
import type { Tables } from '../../storage/tables.ts';
import { addressKey } from '../address-key.ts';
import { attemptCounter } from '../attempt-counter.ts';
import { decoyHash, verifyPassword } from './password-hash.ts';
import { passwordStore } from './password-store.ts';
import { replacePassword } from './replace-password.ts';
import type { TokenVerifier } from '../token-verifier.ts';
import type { UserStore } from '../user-store.ts';

/** Enough for a person who tries all they can think of. */
const PER_ADDRESS = { attempts: 10, seconds: 15 * 60 };
/** From all addresses together: a password of 40 bits holds for millions of years. */
const PER_ACCOUNT = { attempts: 30, seconds: 60 * 60 };
/** Also of what is typed: a longer one is wrong without a look. */
export const MAX_PASSWORD_LENGTH = 200;
export const MIN_PASSWORD_LENGTH = 10;

export interface LocalAccountParts {
  user: { id: string; name: string };
  kysely: Kysely<Tables>;
  users: UserStore;
  tokens: Pick<TokenVerifier, 'forget'>;
  audit: AuditLog;
}

/** Who claims to be the account's owner, and from where. */
export interface Claim {
  name: string;
  password: string;
  address: string;
}

/** `later`: too many wrong ones; the next is looked at after so many seconds. */
export type Verdict = { outcome: 'right' } | { outcome: 'wrong' } | { outcome: 'later'; seconds: number };

export type LocalAccount = ReturnType<typeof localAccount>;

/** The embedded issuer's one account: its password, and how often one may guess it. */
export function localAccount({ user, kysely, users, tokens, audit }: LocalAccountParts) {
  const passwords = passwordStore(kysely);
  const byAddress = attemptCounter(PER_ADDRESS);
  const byAccount = attemptCounter(PER_ACCOUNT);
  let turn: Promise<unknown> = Promise.resolve();

  /** One at a time: each takes 32 MB and a core. */
  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = turn.then(work);
    turn = result.catch(() => undefined);
    return result;
  }

  async function isRight({ name, password }: Claim): Promise<boolean> {
    const matches = await inTurn(async () => {
      // Read in its turn: a change that came first counts.
      const stored = await passwords.find(user.id);
      return verifyPassword(password, stored ?? decoyHash());
    });
    // Asked last: a wrong name takes as long as a wrong password.
    return matches && fold(name) === fold(user.name) && password.length <= MAX_PASSWORD_LENGTH;
  }

  /** `purpose` is what the audit log says of a wrong one. */
  async function check(claim: Claim, purpose?: string): Promise<Verdict> {
    const address = addressKey(claim.address);
    const seconds = (await byAddress.take(address)) ?? (await byAccount.take(user.id));
    if (seconds !== undefined) return { outcome: 'later', seconds };
    if (await isRight(claim)) {
      await Promise.all([byAddress.reset(address), byAccount.giveBack(user.id)]);
      return { outcome: 'right' };
    }
    await audit.record(user.id, { action: 'sign_in_failed', address: claim.address, note: purpose });
    return { outcome: 'wrong' };
  }

  return {
    user,

    async hasPassword(): Promise<boolean> {
      return (await passwords.find(user.id)) !== undefined;
    },

    async signIn(claim: Claim, clientName: string): Promise<Verdict> {
      const verdict = await check(claim);
      if (verdict.outcome === 'right') {
        await audit.record(user.id, { action: 'signed_in', target: clientName, address: claim.address });
      }
      return verdict;
    },

    /** Changes the password when the claim is right; ends all browser sessions and access tokens. */
    async changePassword(claim: Claim, next: string): Promise<Verdict> {
      const verdict = await check(claim, 'while changing the password');
      if (verdict.outcome === 'right') {
        await inTurn(() => replacePassword({ kysely, users }, user.id, next));
        tokens.forget(user.id);
        await audit.record(user.id, { action: 'password_changed', address: claim.address });
      }
      return verdict;
    },
  };
}

function fold(name: string): string {
  return name.trim().toLowerCase();
}
