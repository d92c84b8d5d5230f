import { isLoopbackHost } from '@cloudtolocalllm/protocol/loopback-host';
import type * as oidc from 'openid-client';
import { BridgeError } from './bridge-error.ts';
import { proxyTrouble } from './network/open-way.ts';
import { reasonOf, RelayApiError } from './relay-api.ts';

/** Of nothing that an ID token says use is made: a clock that is wrong by years must not lose the tokens beside it. */
const CLOCK_TOLERANCE_SECONDS = 100 * 365 * 24 * 3600;

/** The library is loaded when it is first needed: most commands never do. */
export const openidClient = (): Promise<typeof oidc> => import('openid-client');

/** The issuer's own description of itself. Throws what `signInError` understands. */
export async function discover(issuer: string, clientId: string): Promise<oidc.Configuration> {
  const { allowInsecureRequests, clockTolerance, discovery, None } = await openidClient();
  const url = new URL(issuer);
  // Plain http is for a relay on this very computer; anything else would send tokens in the clear.
  const loopback = url.protocol === 'http:' && isLoopbackHost(url.hostname);
  const options = loopback ? { execute: [allowInsecureRequests] } : undefined;
  return discovery(url, clientId, { [clockTolerance]: CLOCK_TOLERANCE_SECONDS }, None(), options);
}

/** Of an answer of the token endpoint, what is kept. */
export function tokenFields(tokens: oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers) {
  return {
    accessToken: tokens.access_token,
    accessTokenExpires: Date.now() + (tokens.expiresIn() ?? 3600) * 1000,
    ...(tokens.refresh_token && { refreshToken: tokens.refresh_token }),
  };
}

export interface RenewalRequest {
  issuer: string;
  clientId: string;
  refreshToken: string;
}
export type RenewedTokens = ReturnType<typeof tokenFields>;

/** New tokens for a refresh token, which is used up by it. Throws what `signInError` understands. */
export async function renewTokens({ issuer, clientId, refreshToken }: RenewalRequest): Promise<RenewedTokens> {
  const { refreshTokenGrant } = await openidClient();
  return tokenFields(await refreshTokenGrant(await discover(issuer, clientId), refreshToken));
}

/** What went wrong at the issuer, for the person: BridgeError when it is its word, RelayApiError when it may go better later. */
export async function signInError(error: unknown, issuer: string): Promise<unknown> {
  if (error instanceof BridgeError || error instanceof RelayApiError || error instanceof DOMException) return error;
  if (isFileError(error)) return new RelayApiError(0, `Cannot keep the sign-in: ${reasonOf(error)}`, { cause: error });
  const { ResponseBodyError } = await openidClient();
  // Not the issuer's word on this sign-in: it is away or out of order, and may be back soon.
  if (!(error instanceof ResponseBodyError) || error.status >= 500) {
    const reason = (await proxyTrouble(issuer)) ?? reasonOf(error);
    return new RelayApiError(0, `Cannot reach the sign-in service: ${reason}`, { cause: error });
  }
  const message =
    error.error === 'access_denied'
      ? 'The sign-in was refused in the browser.'
      : error.error === 'expired_token'
        ? 'The code has expired. Start again with: cloudtolocalllm login'
        : 'You were signed out. Sign in again with: cloudtolocalllm login';
  return new BridgeError('not_signed_in', message, { cause: error });
}

/** Of this computer's disk, not of the network. */
function isFileError(error: unknown): boolean {
  return error instanceof Error && 'path' in error && 'syscall' in error;
}
