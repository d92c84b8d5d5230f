import type { Logger } from 'pino';
import type { TokenVerifier } from './token-verifier.ts';
import type { UserStore } from './user-store.ts';

/** The operator's command sets a new password from another process: so long its old tokens may go on working. */
const INTERVAL_MS = 30_000;

export interface EndedTokensWatchParts {
  userId: string;
  users: Pick<UserStore, 'find'>;
  tokens: Pick<TokenVerifier, 'forget'>;
  log: Pick<Logger, 'warn'>;
}

export interface EndedTokensWatch extends Disposable {
  /** Looks now; the watch does so by itself twice a minute. */
  look(): Promise<void>;
}

/** Notices when another process has ended a person's access tokens, and has the verifier look at them anew. */
export function watchEndedTokens({ userId, users, tokens, log }: EndedTokensWatchParts): EndedTokensWatch {
  let known: number | undefined;
  const look = async (): Promise<void> => {
    try {
      const ended = (await users.find(userId))?.tokens_not_before;
      // Also at the first look: when the relay began, nothing was remembered.
      if (ended !== known) tokens.forget(userId);
      known = ended;
    } catch (err) {
      log.warn({ err }, 'Cannot look for ended access tokens');
    }
  };
  const timer = setInterval(() => void look(), INTERVAL_MS).unref();
  return { look, [Symbol.dispose]: () => clearInterval(timer) };
}
