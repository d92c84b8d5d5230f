import { KeychainError } from './keychain-error.ts';
import type { Keychain } from './keychain.ts';

/** A keychain in memory, for tests: the real one belongs to whoever runs them. */
export class TestKeychain implements Keychain {
  readonly secrets = new Map<string, string>();
  /** While set, it is locked or away. */
  trouble: KeychainError['reason'] | undefined;

  async read(account: string): Promise<string | undefined> {
    this.#mayFail();
    return this.secrets.get(account);
  }

  async write(account: string, secret: string): Promise<void> {
    this.#mayFail();
    this.secrets.set(account, secret);
  }

  async remove(account: string): Promise<void> {
    this.#mayFail();
    this.secrets.delete(account);
  }

  #mayFail(): void {
    if (this.trouble) throw new KeychainError(this.trouble, 'DBus error: for tests');
  }
}
