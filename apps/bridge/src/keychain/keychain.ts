import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { KEYCHAIN_CHILD } from './keychain-child-name.ts';
import { KeychainError } from './keychain-error.ts';
import { ownCommand } from '../own-command.ts';
import { printable } from '../printable.ts';

/** Long enough to type a password into the prompt that a locked keychain shows. */
const ANSWER_MS = 30_000;
/** After this a person at the terminal is told what the program waits for. */
const HINT_MS = 1500;

/** What the parent asks of the child, on its standard input. */
export type KeychainRequest =
  | { action: 'read'; account: string }
  | { action: 'remove'; account: string }
  | { action: 'write'; account: string; secret: string };

// Strict and the failure first: a failure must never be read as an empty answer.
const answer = z.union([
  z.strictObject({ failure: z.enum(['absent', 'missing', 'locked', 'failed']), detail: z.string() }),
  z.strictObject({ secret: z.string().optional() }),
]);
export type KeychainAnswer = z.infer<typeof answer>;

/** Secrets by name. All throw KeychainError, and within half a minute. */
export interface Keychain {
  /** Undefined when it has none of this name. */
  read(account: string): Promise<string | undefined>;
  write(account: string, secret: string): Promise<void>;
  remove(account: string): Promise<void>;
}

/**
 * The system's own: macOS Keychain, Windows Credential Manager, on Linux the Secret Service. Each call is a process of
 * its own: the native module blocks its thread while a keychain prompts or hangs, and a blocked thread cannot be ended.
 */
export const systemKeychain: Keychain = systemKeychainUntil();

/** The same, which gives up at the signal: a service that is stopped does not wait for a prompt. */
export function systemKeychainUntil(signal?: AbortSignal): Keychain {
  const options = signal && { signal };
  return {
    read: (account) => ask({ action: 'read', account }, options),
    write: async (account, secret) => void (await ask({ action: 'write', account, secret }, options)),
    remove: async (account) => void (await ask({ action: 'remove', account }, options)),
  };
}

interface AskOptions {
  signal?: AbortSignal;
  /** For tests. */
  answerMs?: number;
}

/** Asks the system's keychain. Throws KeychainError. */
export async function ask(
  request: KeychainRequest,
  { signal, answerMs = ANSWER_MS }: AskOptions = {},
): Promise<string | undefined> {
  const { file, args } = ownCommand();
  const child = spawn(file, [...args, KEYCHAIN_CHILD], { stdio: ['pipe', 'pipe', 'ignore'], windowsHide: true });
  const hint = setTimeout(() => {
    if (process.stderr.isTTY) process.stderr.write('Waiting for the keychain: it may ask for its password.\n');
  }, HINT_MS);
  let late = false;
  const giveUp = (): void => {
    late = true;
    child.kill('SIGKILL');
  };
  const limit = setTimeout(giveUp, answerMs);
  if (signal?.aborted) giveUp();
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    child.stdin.on('error', () => {}); // a child that could not start: its answer is missing, which says it all
    child.stdin.end(JSON.stringify(request));
    const [said] = await Promise.all([text(child.stdout), once(child, 'close')]);
    if (late) throw new KeychainError('silent');
    return understand(said);
  } catch (error) {
    if (error instanceof KeychainError) throw error;
    throw new KeychainError('failed', (error as Error).message);
  } finally {
    signal?.removeEventListener('abort', giveUp);
    clearTimeout(hint);
    clearTimeout(limit);
  }
}

function understand(said: string): string | undefined {
  const value = answer.parse(JSON.parse(said || '{"failure":"failed","detail":"it ended without an answer"}'));
  if (!('failure' in value)) return value.secret;
  throw new KeychainError(value.failure, printable(value.detail).slice(0, 200));
}
