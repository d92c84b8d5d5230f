export type EngineErrorCode = 'bad-request' | 'model-not-found' | 'body-too-large' | 'generation-failed';

/** Something the engine refuses or fails to do; the message goes to the client, worded as Ollama words it. */
export class EngineError extends Error {
  readonly code: EngineErrorCode;

  constructor(code: EngineErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EngineError';
    this.code = code;
  }
}
