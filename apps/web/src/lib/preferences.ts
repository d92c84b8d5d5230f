const MODEL_KEY = 'cloudtolocalllm.model';

export type Preferences = { model(): string | undefined; setModel(model: string): void; clear(): void };

/** What this browser remembers of its person's choices. Storage may be full or forbidden: then it remembers nothing. */
export function createPreferences(storage: Storage): Preferences {
  return {
    model: () => storage.getItem(MODEL_KEY) ?? undefined,
    clear: () => storage.removeItem(MODEL_KEY),
    setModel(model) {
      try {
        storage.setItem(MODEL_KEY, model);
      } catch {
        // The choice holds for this page only.
      }
    },
  };
}
