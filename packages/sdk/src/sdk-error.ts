/** What everything that this package throws on its own has in common. `code` is stable: branch on it. */
export abstract class SdkError extends Error {
  abstract readonly code: string;
}
