import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { importJWK, SignJWT } from 'jose';
import { loadIssuerKeys } from './accounts/embedded/issuer-keys.ts';
import { issueLocalTokens } from './accounts/embedded/local-tokens.ts';
import type { Api } from './api.ts';
import { type Config, readConfig } from './config.ts';
import { type Context, createContext } from './context.ts';
import type { ContextOverrides } from './context-overrides.ts';
import { NOBODY_THERE } from './push/test-push-network.ts';
import { createServer, type ServerOptions } from './server.ts';

export interface TestRelay {
  url: string;
  context: Context;
  app: Api;
  /** An access token of the local user. */
  token: string;
  /** An access token of any user, as the issuer would make it; claims may be changed. */
  tokenFor(userId: string, claims?: Record<string, unknown>): Promise<string>;
  /** `fetch` with that token; a body is sent as JSON. */
  call(path: string, options?: { method?: string; body?: unknown; token?: string }): Promise<Response>;
}

export interface TestRelayOptions extends ContextOverrides, ServerOptions {
  config?: Partial<Config>;
  /** Called before it listens: registers more routes. */
  extend?: (app: Api) => void;
}

/** A folder that is removed when the test ends. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'relay-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A whole relay on a free port and a database of its own; it ends with the test. */
export async function startTestRelay(t: TestContext, options: TestRelayOptions = {}): Promise<TestRelay> {
  const { config: changes, extend, timeouts, ...overrides } = options;
  const dataDir = await temporaryFolder(t);
  const config = {
    ...readConfig({ PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'silent', PROXY_POOL_SIZE: '0' }),
    ...changes,
  };
  const context = await createContext(config, { pushNetwork: NOBODY_THERE, ...overrides });
  t.after(() => context[Symbol.asyncDispose]());
  const app = await createServer(context, { timeouts });
  t.after(() => app.close());
  extend?.(app);
  await app.listen({ port: config.port, host: config.host });
  const url = context.publicUrl.origin;
  // With an issuer elsewhere, a test brings its tokens from there.
  const token = context.issuer === undefined ? '' : (await issueLocalTokens(context.issuer)).access_token;
  return {
    url,
    context,
    app,
    token,
    tokenFor: (userId, claims) => signToken(context, userId, claims),
    call: (path, { method = 'GET', body, token: other = token } = {}) =>
      fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${other}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
  };
}

async function signToken(context: Context, userId: string, claims: Record<string, unknown> = {}): Promise<string> {
  const [key] = (await loadIssuerKeys(context.settings)).signing.keys;
  if (key === undefined) throw new Error('The issuer has no key');
  const issued = Math.floor(Date.now() / 1000);
  return new SignJWT({
    iss: context.trustedIssuer.url,
    aud: context.config.auth.audience,
    sub: userId,
    iat: issued,
    exp: issued + 3600,
    ...claims,
  })
    .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: key.kid ?? '' })
    .sign(await importJWK(key, 'RS256'));
}
