import { issueLocalTokens } from './accounts/local-tokens.ts';
import type { Config } from './config.ts';
import { createContext } from './context.ts';
import { PUBLIC_URL_SETTING } from './public-url.ts';

/**
 * Prints a fresh access token of the local user. Whoever may open the relay's data folder is its operator; the relay
 * may be running or not.
 */
export async function printToken(config: Config, { json }: { json: boolean }): Promise<void> {
  await using context = await createContext({ ...config, logLevel: 'silent' });
  // The relay may listen elsewhere than this command's environment says: the issuer must be the one it accepts.
  const running = await context.settings.get(PUBLIC_URL_SETTING);
  if (config.publicUrl === undefined && running !== undefined) context.publicUrl.adopt(running);
  const tokens = await issueLocalTokens(context.issuer);
  console.log(json ? JSON.stringify(tokens) : tokens.access_token);
}
