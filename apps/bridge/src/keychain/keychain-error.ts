export type KeychainTrouble = 'absent' | 'missing' | 'locked' | 'failed' | 'silent';

/** What is the matter, what it takes to read what is in there, and what to do to have something put in there after all. */
const WORDS: Readonly<Record<KeychainTrouble, readonly [matter: string, toRead: string, toKeep: string]>> = {
  absent: [
    `there is no keychain here${process.platform === 'linux' ? ', as without a desktop, over SSH or in a container' : ''}`,
    'run this in the session of the desktop in which you signed in',
    'there is nothing to do',
  ],
  missing: [
    'this installation lacks what asks the keychain (@napi-rs/keyring)',
    'install the program again with its optional parts',
    'there is nothing to do',
  ],
  locked: ['the keychain is locked', 'unlock it', 'to have them in it, unlock it and sign in again'],
  failed: [
    'the keychain did not do what it was asked',
    "look whether the system's program for it works",
    'to try once more, sign in again',
  ],
  silent: [
    'the keychain did not answer in time',
    'look whether it asks for its password',
    'to try once more, sign in again',
  ],
};

/** The keychain did not do it; the message says in plain words why. */
export class KeychainError extends Error {
  override readonly name = 'KeychainError';
  readonly reason: KeychainTrouble;
  /** In the words of the system, for logs and scripts. */
  readonly detail: string | undefined;
  readonly toRead: string;
  readonly toKeep: string;

  constructor(reason: KeychainTrouble, detail?: string) {
    const [matter, toRead, toKeep] = WORDS[reason];
    super(matter);
    this.reason = reason;
    this.detail = detail;
    this.toRead = toRead;
    this.toKeep = toKeep;
  }
}
