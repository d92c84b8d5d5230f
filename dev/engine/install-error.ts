export type InstallErrorCode =
  | 'unsupported-platform'
  | 'npm-missing'
  | 'no-network'
  | 'npm-failed'
  | 'wrong-content'
  | 'locked';

/** Why the demo engine could not be installed; the message tells a person what to do. */
export class InstallError extends Error {
  readonly code: InstallErrorCode;

  constructor(code: InstallErrorCode, reason: string, options?: ErrorOptions) {
    super(
      `Cannot install the demo engine: ${reason} Or run Ollama and set OLLAMA_HOST; then no demo engine is needed.`,
      options,
    );
    this.name = 'InstallError';
    this.code = code;
  }
}
