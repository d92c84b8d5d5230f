const KEY = 'cloudtolocalllm.owner';

/**
 * Whose drafts and copies this browser keeps. They outlive a session that ended by itself, and go with their person's
 * signing out or with somebody else's signing in.
 */
export type Owner = { get(): string | undefined; set(subject: string): void; clear(): void };

export function createOwner(storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>): Owner {
  return {
    get: () => storage.getItem(KEY) ?? undefined,
    set: (subject) => storage.setItem(KEY, subject),
    clear: () => storage.removeItem(KEY),
  };
}
