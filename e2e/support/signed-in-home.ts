import { join } from 'node:path';
import { saveCredentials } from '../../apps/bridge/src/credentials.ts';
import type { TestStack } from './test-stack.ts';

/** A folder of another computer of the stack's person, signed in as they are; `changes` override what `login` left. */
export async function signedInHome(
  { stack }: TestStack,
  name: string,
  changes: Partial<Parameters<typeof saveCredentials>[1]> = {},
): Promise<string> {
  const home = join(stack.dataDir, `home-${name}`);
  const tokens = await stack.tokens();
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
