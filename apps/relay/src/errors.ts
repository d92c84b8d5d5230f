import { ERROR_STATUS, type ApiErrorBody, type ErrorCode } from '@cloudtolocalllm/protocol';

/** Says nothing of the cause: that stays in the log, under the request id. */
const INTERNAL_MESSAGE = 'Something went wrong in the relay. Its log has the details under this request id.';

/** When nobody knows after which time a limit lets the next one through. */
const SOON_SECONDS = 5;

/**
 * An error that a client may see. The message is for people and never holds a secret; the cause and everything
 * else stays in the log.
 */
export class RelayError extends Error {
  override readonly name = 'RelayError';
  readonly code: ErrorCode;
  /** Field -> what is wrong with it. */
  readonly details: Record<string, string> | undefined;
  /** After how many seconds it may go better: the Retry-After header. */
  readonly retryAfter: number | undefined;
  /** More headers of its answer. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ErrorCode,
    message: string,
    options?: {
      cause?: unknown;
      details?: Record<string, string>;
      retryAfter?: number;
      headers?: Record<string, string>;
    },
  ) {
    super(message, options);
    this.code = code;
    this.details = options?.details;
    this.retryAfter = options?.retryAfter ?? (code === 'rate_limited' ? SOON_SECONDS : undefined);
    this.headers = options?.headers ?? {};
  }

  /** Its HTTP status. */
  get status(): number {
    return ERROR_STATUS[this.code];
  }

  /** What an unexpected error becomes for a client. */
  static internal(cause: unknown): RelayError {
    return new RelayError('internal_error', INTERNAL_MESSAGE, { cause });
  }
}

/** The specification's standard error format. */
export function errorBody({ code, message, details, status }: RelayError, requestId?: string): ApiErrorBody {
  return { error: code, message, code: status, details, requestId };
}
