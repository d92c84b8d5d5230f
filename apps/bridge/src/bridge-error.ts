/** What the program exits with; scripts may rely on it. */
export const EXIT_CODES = {
  failed: 1,
  usage: 2,
  not_signed_in: 3,
  replaced: 4,
  removed: 5,
  outdated: 6,
  unreachable: 7,
  not_running: 8,
  not_ready: 9,
  keychain: 10,
  not_installed: 11,
} as const;
export type BridgeErrorCode = keyof typeof EXIT_CODES;

/** What each exit code says, for the help, the man page and the guide. */
export const EXIT_CODE_MEANINGS: Readonly<Record<BridgeErrorCode, string>> = {
  failed: 'it did not work; the message says why',
  usage: 'the command was called wrongly',
  not_signed_in: 'nobody is signed in, or they were signed out: cloudtolocalllm login',
  replaced: 'another process on this computer took over as the same bridge',
  removed: 'this computer was removed from the relay',
  outdated: 'the relay speaks a newer protocol: update this program',
  unreachable: 'the relay or its sign-in does not answer; later it may',
  not_running: 'no bridge is up for this profile, or its service does not run',
  not_ready: 'the bridge is up, but not online or without an engine',
  keychain: "the system's keychain does not give the tokens out",
  not_installed: 'there is no service of this profile',
};

/** An error for the person at the keyboard: its message says what to do. */
export class BridgeError extends Error {
  override readonly name = 'BridgeError';
  readonly code: BridgeErrorCode;

  constructor(code: BridgeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
