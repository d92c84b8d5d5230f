import { z } from 'zod';

/** Every stable error code and its HTTP status. Clients branch on the code; the message is for people. */
export const ERROR_STATUS = {
  bad_request: 400,
  validation_failed: 400,
  unauthorized: 401,
  forbidden: 403,
  policy_denied: 403,
  not_found: 404,
  model_not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  conflict: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  queue_full: 429,
  headers_too_large: 431,
  internal_error: 500,
  engine_error: 502,
  engine_unreachable: 502,
  bridge_offline: 503,
  shutting_down: 503,
  sign_in_unavailable: 503,
  interrupted: 503,
  engine_timeout: 504,
  expired: 504,
} as const;
export type ErrorCode = keyof typeof ERROR_STATUS;

/** The standard error format of the specification. */
export const apiError = z
  .object({
    error: z.string().meta({ description: `One of: ${Object.keys(ERROR_STATUS).join(', ')}.` }),
    message: z.string().meta({ description: 'For people: what failed, and what to do.' }),
    code: z.int().meta({ description: 'The HTTP status.' }),
    details: z.record(z.string(), z.string()).optional().meta({ description: 'Field -> what is wrong with it.' }),
    requestId: z.string().optional().meta({ description: "Also in X-Request-Id and in the relay's log." }),
  })
  .meta({ id: 'Error', description: 'Every error has this form. Branch on `error`; new values may come.' });
export type ApiErrorBody = z.infer<typeof apiError>;
