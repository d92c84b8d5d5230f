/** Everything that this browser keeps of its person for reading offline; gone when they sign out. */
export const DATABASE = 'cloudtolocalllm';
const VERSION = 1;

/** `threads`: by conversation, see `saved.ts`. `facts`: one value each, by name. */
export type StoreName = 'threads' | 'facts';

export function openDatabase(factory: IDBFactory): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = factory.open(DATABASE, VERSION);
    request.addEventListener('upgradeneeded', () => {
      request.result.createObjectStore('threads', { keyPath: 'id' }).createIndex('savedAt', 'savedAt');
      request.result.createObjectStore('facts');
    });
    request.addEventListener('error', () => reject(request.error ?? new Error('The database cannot be opened')));
    request.addEventListener('success', () => {
      const database = request.result;
      // Another tab deletes it: whoever holds on to it would keep it from going.
      database.addEventListener('versionchange', () => database.close());
      resolve(database);
    });
  });
}

export function deleteDatabase(factory: IDBFactory): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = factory.deleteDatabase(DATABASE);
    request.addEventListener('success', () => resolve());
    request.addEventListener('error', () => reject(request.error ?? new Error('The database cannot be deleted')));
  });
}

/** The result of one request. */
export function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('The database did not answer')));
  });
}

/** Resolves when what was written is kept. */
export function done(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (): void => reject(transaction.error ?? new Error('The database did not keep it'));
    transaction.addEventListener('complete', () => resolve());
    transaction.addEventListener('abort', failed);
    transaction.addEventListener('error', failed);
  });
}
