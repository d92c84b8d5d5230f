import { createHash, randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import { startTestRelay, type TestRelay, type TestRelayOptions } from '../../test-relay.ts';
import { hashPassword } from './password-hash.ts';
import { passwordStore } from './password-store.ts';
import { readForm, TestBrowser } from './test-browser.ts';

export const WEB_CLIENT = 'cloudtolocalllm-web';
/** Of the local account of `startSignInRelay`. */
export const TEST_PASSWORD = 'correct horse battery';

export interface Tokens {
  access_token: string;
  refresh_token: string;
  id_token: string;
  expires_in: number;
}

export interface SignInRelay extends TestRelay {
  localUserId: string;
}

/** A relay whose local account has the test's password; otherwise that is for whoever starts the relay. */
export async function startSignInRelay(t: TestContext, options?: TestRelayOptions): Promise<SignInRelay> {
  const relay = await startTestRelay(t, options);
  const { issuer, database } = relay.context;
  if (issuer === undefined) throw new Error('This relay has no issuer of its own');
  await passwordStore(database.kysely).replace(issuer.user.id, await hashPassword(TEST_PASSWORD));
  return { ...relay, localUserId: issuer.user.id };
}

/** Where a browser goes to sign in to the web app, and the secret that belongs to it. */
export function authorization(url: string, changes: Record<string, string> = {}): { verifier: string; address: URL } {
  const verifier = randomBytes(32).toString('base64url');
  const address = new URL(`${url}/oidc/auth`);
  address.search = new URLSearchParams({
    client_id: WEB_CLIENT,
    response_type: 'code',
    redirect_uri: `${url}/auth/callback`,
    scope: 'openid profile offline_access',
    state: 'the-state',
    nonce: 'the-nonce',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...changes,
  }).toString();
  return { verifier, address };
}

export function askForTokens(url: string, fields: Record<string, string>): Promise<Response> {
  return fetch(`${url}/oidc/token`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: WEB_CLIENT, ...fields }),
  });
}

/** Begins a sign-in to the web app, up to the page that asks who it is. */
export async function openSignIn({ url }: TestRelay, browser: TestBrowser): Promise<Response> {
  return (await browser.follow(await browser.open(authorization(url).address), `${url}/oidc/`)).response;
}

/** Fills in the sign-in page and follows to where it leads outside of the issuer. */
export async function submitPassword(
  browser: TestBrowser,
  signInPage: Response,
  password = TEST_PASSWORD,
): Promise<{ response: Response; location: URL | undefined }> {
  const { action, fields } = await readForm(signInPage);
  const answer = await browser.open(action, { ...fields, password });
  return browser.follow(answer, `${action.origin}/oidc/`);
}

/** The whole way of the web app to its tokens. */
export async function signIn({ url }: TestRelay, browser = new TestBrowser(), password?: string): Promise<Tokens> {
  const { verifier, address } = authorization(url);
  const { response } = await browser.follow(await browser.open(address), `${url}/oidc/`);
  const { location } = await submitPassword(browser, response, password);
  const answer = await askForTokens(url, {
    grant_type: 'authorization_code',
    code: location?.searchParams.get('code') ?? '',
    redirect_uri: `${url}/auth/callback`,
    code_verifier: verifier,
  });
  if (!answer.ok) throw new Error(`Cannot sign in: ${await answer.text()}`);
  return (await answer.json()) as Tokens; // as: RFC 6749, section 5.1
}
