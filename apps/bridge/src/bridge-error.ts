/** What the program exits with; scripts may rely on it. */
export const EXIT_CODES = {
  failed: 1,
  usage: 2,
  not_signed_in: 3,
  replaced: 4,
  removed: 5,
  outdated: 6,
} as const;
export type BridgeErrorCode = keyof typeof EXIT_CODES;

/** An error for the person at the keyboard: its message says what to do. */
export class BridgeError extends Error {
  override readonly name = 'BridgeError';
  readonly code: BridgeErrorCode;

  constructor(code: BridgeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
