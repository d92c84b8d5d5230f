/** Why the bridge itself answers with an error. */
export type RefusalCode =
  | 'bad_request'
  | 'engine_unreachable'
  | 'model_not_found'
  | 'not_supported'
  | 'policy_denied'
  | 'rate_limited'
  | 'too_large';

const STATUS: Record<RefusalCode, number> = {
  bad_request: 400,
  engine_unreachable: 502,
  model_not_found: 404,
  not_supported: 404,
  policy_denied: 403,
  rate_limited: 503,
  too_large: 413,
};
/** https://docs.anthropic.com/en/api/errors */
const ANTHROPIC_TYPES: Record<number, string> = {
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  502: 'api_error',
  503: 'overloaded_error',
};
/** https://platform.openai.com/docs/guides/error-codes */
const OPENAI_TYPES: Record<number, string> = {
  403: 'permission_error',
  404: 'not_found_error',
  502: 'server_error',
  503: 'server_error',
};

/** A request that the bridge does not forward; the message is for whoever asked. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: RefusalCode;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: RefusalCode, message: string, retryAfterSeconds?: number) {
    super(message);
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  get status(): number {
    return STATUS[this.code];
  }

  /** As clients of the API expect it to which the path belongs. */
  bodyFor(path: string): object {
    const { message, code, status } = this;
    if (path.startsWith('/v1/messages')) {
      return { type: 'error', error: { type: ANTHROPIC_TYPES[status] ?? 'invalid_request_error', message } };
    }
    if (path.startsWith('/v1/')) {
      return { error: { message, type: OPENAI_TYPES[status] ?? 'invalid_request_error', param: null, code } };
    }
    return { error: message };
  }
}
