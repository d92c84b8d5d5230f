import type { AuthConfig } from '@cloudtolocalllm/protocol';
import * as oauth from 'oauth4webapi';
import { ApiError } from './api-error.ts';
import { discoverIssuer, type Issuer } from './issuer.ts';
import { SignInError, signInFailure } from './sign-in-error.ts';
import { signInStorage, type KeyValueStorage, type Tokens } from './storage.ts';

const SCOPE = 'openid profile offline_access';

/** A token is renewed this long before it ends, so that none ends on its way to the relay. */
const RENEW_BEFORE_MS = 60_000;

/** The part of `navigator.locks` that is needed to let one tab at a time renew. */
export type Locks = { request<T>(name: string, callback: () => Promise<T>): Promise<T> };

export type SignInOptions = {
  /** Usually `client.account.authConfig`; asked once. */
  authConfig: () => Promise<AuthConfig>;
  /** Where the issuer sends the browser back to, as registered there. */
  redirectUri: string;
  /** Where the issuer may send the browser after signing out. */
  signedOutUri?: string;
  storage: KeyValueStorage;
  locks?: Locks;
  fetch?: typeof fetch;
  now?: () => number;
};

export type SignIn = ReturnType<typeof createSignIn>;

/** Signing in with any OpenID Connect issuer: authorization code with PKCE, and rotating refresh tokens. */
export function createSignIn(options: SignInOptions) {
  const now = options.now ?? Date.now;
  const storage = signInStorage(options.storage, now);
  const locks = options.locks ?? (globalThis.navigator as { locks?: Locks } | undefined)?.locks;
  const listeners = new Set<() => void>();
  let discovered: Promise<Issuer> | undefined;
  let renewal: Promise<string> | undefined;

  const notify = (): void => listeners.forEach((listener) => listener());

  function issuer(): Promise<Issuer> {
    discovered ??= options.authConfig().then((config) => discoverIssuer(config, options.fetch));
    // A failure is not kept: the next call asks again.
    discovered.catch(() => (discovered = undefined));
    return discovered;
  }

  function keep(response: oauth.TokenEndpointResponse, earlier?: Tokens): string {
    storage.saveTokens({
      accessToken: response.access_token,
      // An issuer that doesn't rotate sends no new one: the old one stays good.
      refreshToken: response.refresh_token ?? earlier?.refreshToken,
      subject: oauth.getValidatedIdTokenClaims(response)?.sub ?? earlier?.subject,
      expiresAt: response.expires_in === undefined ? undefined : now() + response.expires_in * 1000,
    });
    notify();
    return response.access_token;
  }

  const fresh = (tokens: Tokens): boolean =>
    tokens.expiresAt === undefined || tokens.expiresAt - now() > RENEW_BEFORE_MS;

  /** Renews, unless another tab has done it while this one waited for the lock. */
  async function renew(refused: string | undefined): Promise<string> {
    const tokens = storage.tokens();
    if (tokens === undefined) throw signedOut();
    if (tokens.accessToken !== refused && fresh(tokens)) return tokens.accessToken;
    if (tokens.refreshToken === undefined) return end();
    const { server, client, requestOptions } = await issuer();
    try {
      const response = await oauth.refreshTokenGrantRequest(
        server,
        client,
        oauth.None(),
        tokens.refreshToken,
        requestOptions,
      );
      const renewed = await oauth.processRefreshTokenResponse(server, client, response);
      // Signed out meanwhile, and it stays so.
      if (storage.tokens() === undefined) throw signedOut();
      return keep(renewed, tokens);
    } catch (error) {
      // The issuer's no is final; a network that is away is not.
      if (error instanceof oauth.ResponseBodyError && error.error === 'invalid_grant') return end(error);
      throw signInFailure(error);
    }
  }

  function end(cause?: unknown): never {
    storage.clearTokens();
    notify();
    throw signedOut(cause);
  }

  return {
    /** The storage key whose change in another tab means: this tab's person has changed. */
    tokensKey: storage.tokensKey,

    isSignedIn: (): boolean => storage.tokens() !== undefined,

    /** Who is signed in, by the issuer's name for them; another tab may have signed in somebody else meanwhile. */
    subject: (): string | undefined => storage.tokens()?.subject,

    /** Calls back after this tab signed in, renewed or signed out; returns the way to end it. */
    subscribe(listener: () => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    /** Prepares a sign-in; the caller sends the browser to the returned address. */
    async begin(returnTo = '/'): Promise<URL> {
      try {
        const { server, client, config } = await issuer();
        if (server.authorization_endpoint === undefined) throw new Error('The issuer has no authorization endpoint');
        const [state, nonce, codeVerifier] = [
          oauth.generateRandomState(),
          oauth.generateRandomNonce(),
          oauth.generateRandomCodeVerifier(),
        ];
        const url = new URL(server.authorization_endpoint);
        const parameters: Record<string, string> = {
          client_id: client.client_id,
          redirect_uri: options.redirectUri,
          response_type: 'code',
          scope: SCOPE,
          audience: config.audience,
          state,
          nonce,
          code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifier),
          code_challenge_method: 'S256',
        };
        for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
        storage.addPending({ state, nonce, codeVerifier, returnTo, created: now() });
        return url;
      } catch (error) {
        throw signInFailure(error);
      }
    },

    /**
     * Completes a sign-in from the address the issuer sent the browser to.
     *
     * @throws SignInError when state, nonce, issuer or code are not what this browser began
     */
    async finish(address: URL): Promise<{ returnTo: string }> {
      const pending = storage.takePending(address.searchParams.get('state') ?? '');
      if (pending === undefined) {
        throw new SignInError('unknown_state', 'This sign-in was not begun in this browser, or was begun too long ago');
      }
      try {
        const { server, client, requestOptions } = await issuer();
        const parameters = oauth.validateAuthResponse(server, client, address, pending.state);
        const response = await oauth.authorizationCodeGrantRequest(
          server,
          client,
          oauth.None(),
          parameters,
          options.redirectUri,
          pending.codeVerifier,
          requestOptions,
        );
        const expected = { expectedNonce: pending.nonce, requireIdToken: true };
        keep(await oauth.processAuthorizationCodeResponse(server, client, response, expected));
        return { returnTo: pending.returnTo };
      } catch (error) {
        throw signInFailure(error);
      }
    },

    /**
     * A token that is good for the next minute, renewed when needed: one renewal at a time, over all tabs.
     * `refused` is a token that the relay did not accept although its time was not over.
     *
     * @throws ApiError `signed_out` when the person has to sign in again
     */
    async accessToken(refused?: string): Promise<string> {
      const tokens = storage.tokens();
      if (tokens === undefined) throw signedOut();
      if (tokens.accessToken !== refused && fresh(tokens)) return tokens.accessToken;
      renewal ??= (locks ? locks.request(`${storage.tokensKey}.renew`, () => renew(refused)) : renew(refused)).finally(
        () => (renewal = undefined),
      );
      return renewal;
    },

    /**
     * Forgets the tokens; the returned address, when there is one, ends the issuer's own session too. It names the client
     * and carries no token: addresses end up in logs.
     */
    async signOut(): Promise<URL | undefined> {
      storage.clearTokens();
      notify();
      const { server, client } = await issuer();
      if (server.end_session_endpoint === undefined) return undefined;
      const url = new URL(server.end_session_endpoint);
      url.searchParams.set('client_id', client.client_id);
      if (options.signedOutUri !== undefined) url.searchParams.set('post_logout_redirect_uri', options.signedOutUri);
      return url;
    },
  };
}

function signedOut(cause?: unknown): ApiError {
  return new ApiError('Your sign-in has ended: sign in again', { status: 401, code: 'signed_out', cause });
}
