import { BridgeError } from '../bridge-error.ts';
import { loadCredentials, type Credentials } from '../credentials.ts';
import { KeychainError } from '../keychain/keychain-error.ts';
import { systemKeychainUntil, type Keychain } from '../keychain/keychain.ts';

/** A keychain is asked again after these, in ms: soon at first, then no more often than a prompt is bearable. */
const AGAIN_MS = [5000, 5000, 5000, 15_000, 60_000, 5 * 60_000] as const;

export interface UntilSignedInOptions {
  directory: string;
  /** The keychain does not give the tokens out: why, and what to do; `detail` is what the system said. */
  trouble: (text: string, detail?: string) => void;
  signal: AbortSignal;
  keychain?: Keychain;
  /** For tests. */
  againMs?: readonly number[];
}

/**
 * The credentials, as soon as they can be read: a service that starts with the computer waits until its person has
 * logged in and the keychain is open. Undefined when the signal ends it. Throws BridgeError not_signed_in.
 */
export async function untilSignedIn(options: UntilSignedInOptions): Promise<Credentials | undefined> {
  const { directory, trouble, signal, keychain = systemKeychainUntil(signal), againMs = AGAIN_MS } = options;
  for (let tries = 0; !signal.aborted; tries++) {
    try {
      const credentials = await loadCredentials(directory, keychain);
      if (credentials) return credentials;
      throw new BridgeError(
        'not_signed_in',
        'Sign in first with: cloudtolocalllm login --relay https://relay.example.com',
      );
    } catch (error) {
      if (!(error instanceof BridgeError) || error.code !== 'keychain') throw error;
      const detail = error.cause instanceof KeychainError ? error.cause.detail : undefined;
      if (!signal.aborted) trouble(error.message, detail);
    }
    await pause(againMs[Math.min(tries, againMs.length - 1)] ?? 0, signal);
  }
  return undefined;
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise.finally(() => clearTimeout(timer));
}
