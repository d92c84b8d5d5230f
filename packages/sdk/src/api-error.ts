import type { ApiErrorBody, ErrorCode } from '@cloudtolocalllm/protocol';
import { SdkError } from './sdk-error.ts';

/** A server's stable code, or one of the client's own: no answer came, or it was not the API's. */
export type ApiErrorCode =
  | ErrorCode
  | 'network_error'
  | 'unexpected_response'
  | 'signed_out'
  | 'invalid_token'
  | 'no_web_socket'
  | 'erased'
  | (string & {});

export type ApiErrorOptions = {
  status: number;
  code: ApiErrorCode;
  details?: Record<string, string>;
  requestId?: string;
  /** Seconds the server asks to wait (`Retry-After`). */
  retryAfter?: number;
  cause?: unknown;
};

const RETRYABLE_STATUS: ReadonlySet<number> = new Set([408, 425, 429, 502, 503, 504]);

/** Every failure of a call. `status` is the HTTP status, or 0 when no answer came. */
export class ApiError extends SdkError {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: ApiErrorCode;
  readonly details: Record<string, string>;
  readonly requestId: string | undefined;
  readonly retryAfter: number | undefined;

  constructor(message: string, options: ApiErrorOptions) {
    super(message, { cause: options.cause });
    this.status = options.status;
    this.code = options.code;
    this.details = options.details ?? {};
    this.requestId = options.requestId;
    this.retryAfter = options.retryAfter;
  }

  /** True when the same request may succeed later without being changed. */
  shouldRetry(): boolean {
    return this.code === 'network_error' || RETRYABLE_STATUS.has(this.status);
  }

  /**
   * True when nobody knows whether the request was carried out, or when an earlier try is still running: with the same
   * Idempotency-Key it may be sent again at once.
   */
  get isUnsettled(): boolean {
    const isGateways = this.code === 'unexpected_response' && RETRYABLE_STATUS.has(this.status);
    const isRunning = this.status === 409 && this.retryAfter !== undefined;
    return this.code === 'network_error' || this.code === 'shutting_down' || isGateways || isRunning;
  }
}

/** The error for a request that got no answer: no network, no such host, a cut connection. */
export function networkError(action: string, cause: unknown): ApiError {
  return new ApiError(`Cannot ${action}: the relay did not answer`, { status: 0, code: 'network_error', cause });
}

/** Reads the error of an answer that is not 2xx; also of one that a proxy on the way made. */
export async function readApiError(response: Response, action: string): Promise<ApiError> {
  const body = errorBody(await response.text().catch(() => ''));
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new ApiError(body.message ?? `Cannot ${action}: the server answered ${response.status}`, {
    status: response.status,
    code: body.error ?? 'unexpected_response',
    details: body.details,
    requestId: body.requestId ?? response.headers.get('x-request-id') ?? undefined,
    retryAfter: Number.isFinite(retryAfter) ? retryAfter : undefined,
  });
}

function errorBody(text: string): Partial<ApiErrorBody> {
  try {
    const body: unknown = JSON.parse(text);
    // An edge: a relay's error has these fields, another server's is kept out of the typed ones by this check.
    return typeof body === 'object' && body !== null && 'error' in body && typeof body.error === 'string'
      ? (body as Partial<ApiErrorBody>)
      : {};
  } catch {
    return {};
  }
}
