import { text } from 'node:stream/consumers';
import type * as Keyring from '@napi-rs/keyring';
import type { KeychainAnswer, KeychainRequest } from './keychain.ts';

/** What keychains list our secrets under. */
const SERVICE = 'cloudtolocalllm';
/** Never the kernel's keyring, to which the library would turn by itself: that one is empty after a restart. */
const STORE = { linux: { store: 'secret-service' } } as const;

/** Reads one request from the standard input, asks the keychain, answers on the standard output. */
export async function keychainChild(): Promise<void> {
  // as: nobody but `ask` starts this process
  const request = JSON.parse(await text(process.stdin)) as KeychainRequest;
  process.stdout.write(JSON.stringify(await carryOut(request)));
}

async function carryOut(request: KeychainRequest): Promise<KeychainAnswer> {
  let keyring: typeof Keyring;
  try {
    keyring = await import('@napi-rs/keyring');
  } catch (error) {
    return { failure: 'missing', detail: (error as Error).message.split('\n')[0] ?? '' };
  }
  try {
    // Bytes, not a password: Windows keeps passwords in UTF-16, of which only half as many fit.
    const entry = new keyring.Entry(SERVICE, request.account, STORE);
    if (request.action === 'read') {
      const bytes = entry.getSecret();
      return bytes ? { secret: Buffer.from(bytes).toString('utf8') } : {};
    }
    if (request.action === 'remove') {
      entry.deleteCredential();
      return {};
    }
    entry.setSecret(Buffer.from(request.secret));
    const kept = Buffer.from(entry.getSecret() ?? []).toString('utf8');
    return kept === request.secret ? {} : { failure: 'failed', detail: 'it does not give back what it was given' };
  } catch (error) {
    const detail = (error as Error).message;
    return { failure: failureOf(detail), detail };
  }
}

/** The library has a code for its failures in its messages alone. */
function failureOf(message: string): 'absent' | 'locked' | 'failed' {
  if (/DBus error|no secret service|No DBus session|NoDefaultStore|No default store/i.test(message)) return 'absent';
  if (/locked|dismissed|no result found|interaction is not allowed|access platform storage/i.test(message)) {
    return 'locked';
  }
  return 'failed';
}
