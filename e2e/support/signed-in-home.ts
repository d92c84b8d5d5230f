import { join } from 'node:path';
import { saveCredentials } from '../../apps/bridge/src/credentials.ts';
import type { TestStack } from './test-stack.ts';

/**
 * A folder of another computer of the stack's person, signed in with the test's own token; `changes` override what
 * `login` left. One whose token has to be renewed gets tokens of its own: a refresh token works once.
 */
export async function signedInHome(
  { stack, tokens: shared }: TestStack,
  name: string,
  changes: Partial<Parameters<typeof saveCredentials>[1]> = {},
): Promise<string> {
  const home = join(stack.dataDir, `home-${name}`);
  const tokens = changes.accessTokenExpires === 0 || changes.accessToken ? await stack.tokens() : shared;
  await saveCredentials(home, {
    relay: stack.publicUrl,
    clientId: crypto.randomUUID(),
    issuer: `${stack.publicUrl}/oidc`,
    oidcClientId: tokens.clientId,
    accessToken: tokens.accessToken,
    accessTokenExpires: Date.now() + tokens.expiresIn * 1000,
    refreshToken: tokens.refreshToken,
    ...changes,
  });
  return home;
}
