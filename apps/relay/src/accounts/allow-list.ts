/** What decides whether the relay lets someone in. */
export interface Person {
  /** The subject of the issuer's tokens. */
  id: string;
  /** Verified by the issuer. */
  email?: string | null | undefined;
}

export type AllowList = (person: Person) => boolean;

/**
 * Who may enter, by subject, e-mail address or `*@domain`; nobody named = whoever the issuer signs in. Subjects are
 * compared exactly, addresses without regard to case.
 */
export function allowList(entries: readonly string[]): AllowList {
  const subjects = new Set(entries.filter((entry) => !entry.startsWith('*@')));
  const addresses = new Set(entries.map((entry) => entry.toLowerCase()));
  return ({ id, email }) => {
    if (entries.length === 0 || subjects.has(id)) return true;
    if (!email) return false;
    const address = email.toLowerCase();
    return addresses.has(address) || addresses.has(`*${address.slice(address.lastIndexOf('@'))}`);
  };
}
