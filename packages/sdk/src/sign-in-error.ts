import * as oauth from 'oauth4webapi';
import { ApiError, networkError } from './api-error.ts';
import { SdkError } from './sdk-error.ts';

/** `unknown_state`: not begun here; `refused`: the issuer said no; `invalid_response`: its answer failed a check. */
export type SignInErrorCode = 'unknown_state' | 'refused' | 'invalid_response';

/** A sign-in that did not succeed and won't by trying the same address again. */
export class SignInError extends SdkError {
  override readonly name = 'SignInError';
  readonly code: SignInErrorCode;

  constructor(code: SignInErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** Translates what the OAuth library and the network throw. */
export function signInFailure(error: unknown): Error {
  if (error instanceof ApiError || error instanceof SignInError) return error;
  if (error instanceof oauth.AuthorizationResponseError || error instanceof oauth.ResponseBodyError) {
    const reason = error.error_description ?? error.error;
    return new SignInError('refused', `The sign-in service said no: ${reason}`, error);
  }
  // fetch reports every network failure as a TypeError; the library's own have a code.
  if (error instanceof TypeError && !('code' in error)) return networkError('reach the sign-in service', error);
  return new SignInError('invalid_response', 'The answer of the sign-in service failed a check', error);
}
