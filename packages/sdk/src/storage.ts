/** Where a sign-in is kept; `localStorage` has this shape. */
export type KeyValueStorage = {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
};

/** The tokens of one signed-in person. */
export type Tokens = {
  accessToken: string;
  refreshToken?: string;
  /** The issuer's name for the person. */
  subject?: string;
  /** Epoch milliseconds; absent when the issuer does not say. */
  expiresAt?: number;
};

/** What must be remembered between leaving for the issuer and coming back. */
export type PendingSignIn = { state: string; nonce: string; codeVerifier: string; returnTo: string; created: number };

const TOKENS_KEY = 'cloudtolocalllm.tokens';
const PENDING_KEY = 'cloudtolocalllm.sign-ins';

/** Two tabs may sign in at once; more than a few open attempts were given up. */
const MAX_PENDING = 5;
const PENDING_LIFETIME_MS = 30 * 60_000;

/** The typed side of a `KeyValueStorage`; what can't be read counts as absent. */
export function signInStorage(storage: KeyValueStorage, now: () => number) {
  const read = (key: string): unknown => {
    try {
      const text = storage.getItem(key);
      return text === null ? undefined : JSON.parse(text);
    } catch {
      return undefined;
    }
  };
  // Both keys are written by this file only: their values have the shapes it gave them.
  const pending = (): PendingSignIn[] =>
    ((read(PENDING_KEY) ?? []) as PendingSignIn[]).filter((entry) => now() - entry.created < PENDING_LIFETIME_MS);

  return {
    tokensKey: TOKENS_KEY,
    tokens: () => read(TOKENS_KEY) as Tokens | undefined,
    saveTokens: (tokens: Tokens) => storage.setItem(TOKENS_KEY, JSON.stringify(tokens)),
    clearTokens: () => storage.removeItem(TOKENS_KEY),
    addPending(entry: PendingSignIn): void {
      storage.setItem(PENDING_KEY, JSON.stringify([...pending(), entry].slice(-MAX_PENDING)));
    },
    /** A state answers once: it is removed as it is read. */
    takePending(state: string): PendingSignIn | undefined {
      const entries = pending();
      const rest = entries.filter((entry) => entry.state !== state);
      if (rest.length === 0) storage.removeItem(PENDING_KEY);
      else storage.setItem(PENDING_KEY, JSON.stringify(rest));
      return entries.find((entry) => entry.state === state);
    },
  };
}
