import type { AuthConfig } from '@cloudtolocalllm/protocol';
import * as oidc from 'openid-client';
import { BridgeError } from './bridge-error.ts';
import { loadCredentials, saveCredentials, type Credentials } from './credentials.ts';
import { reasonOf, relayApi, RelayApiError } from './relay-api.ts';

const SCOPE = 'openid profile offline_access';
/** Of nothing that an ID token says use is made: a clock that is wrong by years must not lose the tokens beside it. */
const CLOCK_TOLERANCE_SECONDS = 100 * 365 * 24 * 3600;
/** A token that ends sooner than this is renewed first. */
const MARGIN_MS = 60_000;

export interface DeviceCode {
  userCode: string;
  /** Where the person types the code. */
  verificationUri: string;
  /** The same with the code filled in. */
  verificationUriComplete: string | undefined;
  /** How long the code is good for. */
  expiresInSeconds: number;
}

export interface SignInOptions {
  /** Where credentials are kept. */
  directory: string;
  /** The relay's address. */
  relay: string;
  /** How this computer calls itself on the page where the person confirms the code. */
  userAgent: string;
  /** Called with the code that the person has to confirm. */
  show: (code: DeviceCode) => void;
  signal?: AbortSignal;
}

/**
 * Signs in with the device flow (RFC 8628) at the issuer that the relay names, and keeps what it gets.
 * Throws BridgeError, RelayApiError.
 */
export async function signIn({ directory, relay, userAgent, show, signal }: SignInOptions): Promise<Credentials> {
  const auth = await relayApi.authConfig(relay);
  const target = tokenTarget(auth);
  try {
    const config = await discover(auth.issuer, auth.clientIds.bridge);
    config[oidc.customFetch] = (url, options) =>
      // as: the browser's types, with which the end-to-end tests are checked, want its bytes in an ArrayBuffer
      // oxlint-disable-next-line typescript/no-unnecessary-type-assertion -- with Node's types alone it is
      fetch(url, { ...options, headers: { ...options.headers, 'user-agent': userAgent } } as RequestInit);
    const device = await oidc.initiateDeviceAuthorization(config, { scope: SCOPE, ...target });
    show({
      userCode: device.user_code,
      verificationUri: device.verification_uri,
      verificationUriComplete: device.verification_uri_complete,
      expiresInSeconds: device.expires_in,
    });
    const tokens = await oidc.pollDeviceAuthorizationGrant(config, device, undefined, signal && { signal });
    const previous = await loadCredentials(directory).catch(() => undefined);
    const value: Credentials = {
      relay,
      clientId: previous?.relay === relay ? previous.clientId : crypto.randomUUID(),
      issuer: auth.issuer,
      oidcClientId: auth.clientIds.bridge,
      ...tokenFields(tokens),
    };
    await saveCredentials(directory, value);
    return value;
  } catch (error) {
    throw signInError(error);
  }
}

/** Gives access tokens to whoever calls the relay as this person; renews and keeps them. */
export class Account {
  readonly #directory: string;
  #credentials: Credentials;
  #renewing: Promise<string> | undefined;
  #saving = Promise.resolve();

  constructor(directory: string, value: Credentials) {
    this.#directory = directory;
    this.#credentials = value;
  }

  get credentials(): Credentials {
    return this.#credentials;
  }

  /** A token that is good for a minute at least. Throws BridgeError not_signed_in. */
  async accessToken(): Promise<string> {
    if (this.#credentials.accessTokenExpires - Date.now() > MARGIN_MS) return this.#credentials.accessToken;
    return (this.#renewing ??= this.#renew().finally(() => (this.#renewing = undefined)));
  }

  /** The relay refused the token: the next one is a new one. */
  expire(): void {
    this.#credentials = { ...this.#credentials, accessTokenExpires: 0 };
  }

  async keep(changes: Partial<Credentials>): Promise<void> {
    this.#credentials = { ...this.#credentials, ...changes };
    // One after the other: an older state must not be written over a newer one.
    const save = () => saveCredentials(this.#directory, this.#credentials);
    await (this.#saving = this.#saving.then(save, save));
  }

  async #renew(): Promise<string> {
    const refused = this.#credentials.accessToken;
    await this.#adopt();
    const { accessToken, accessTokenExpires } = this.#credentials;
    if (accessToken !== refused && accessTokenExpires - Date.now() > MARGIN_MS) return accessToken;
    const { issuer, oidcClientId, refreshToken } = this.#credentials;
    if (!refreshToken)
      throw new BridgeError('not_signed_in', 'You were signed out. Sign in again with: cloudtolocalllm login');
    try {
      const config = await discover(issuer, oidcClientId);
      await this.keep(tokenFields(await oidc.refreshTokenGrant(config, refreshToken)));
    } catch (error) {
      throw signInError(error);
    }
    return this.#credentials.accessToken;
  }

  /** Takes what another process has kept meanwhile: a refresh token works once, a second use would end them all. */
  async #adopt(): Promise<void> {
    const stored = await loadCredentials(this.#directory);
    if (!stored) return;
    if (stored.relay !== this.#credentials.relay) {
      throw new BridgeError(
        'not_signed_in',
        `This computer was signed in to ${stored.relay} meanwhile: start the bridge again`,
      );
    }
    this.#credentials = stored;
  }
}

function discover(issuer: string, clientId: string): Promise<oidc.Configuration> {
  const url = new URL(issuer);
  // Plain http is for a relay on this very computer; anything else would send tokens in the clear.
  const loopback = url.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  return oidc.discovery(
    url,
    clientId,
    { [oidc.clockTolerance]: CLOCK_TOLERANCE_SECONDS },
    oidc.None(),
    loopback ? { execute: [oidc.allowInsecureRequests] } : undefined,
  );
}

/** RFC 8707's `resource` for the embedded issuer, Auth0's `audience`; each ignores the other's. */
function tokenTarget(auth: AuthConfig): Record<string, string> {
  return auth.embedded ? {} : { audience: auth.audience };
}

function tokenFields(tokens: oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers) {
  return {
    accessToken: tokens.access_token,
    accessTokenExpires: Date.now() + (tokens.expiresIn() ?? 3600) * 1000,
    ...(tokens.refresh_token && { refreshToken: tokens.refresh_token }),
  };
}

function signInError(error: unknown): unknown {
  if (error instanceof BridgeError || error instanceof DOMException) return error;
  // Not the issuer's word on this sign-in: it is away or out of order, and may be back soon.
  if (!(error instanceof oidc.ResponseBodyError) || error.status >= 500) {
    return new RelayApiError(0, `Cannot reach the sign-in service: ${reasonOf(error)}`, { cause: error });
  }
  const message =
    error.error === 'access_denied'
      ? 'The sign-in was refused in the browser.'
      : error.error === 'expired_token'
        ? 'The code has expired. Start again with: cloudtolocalllm login'
        : 'You were signed out. Sign in again with: cloudtolocalllm login';
  return new BridgeError('not_signed_in', message, { cause: error });
}
