import { join } from 'node:path';
import { createEmbeddedIssuer } from './accounts/embedded/embedded-issuer.ts';
import { issueLocalTokens } from './accounts/embedded/local-tokens.ts';
import { userStore } from './accounts/user-store.ts';
import { auditLog } from './audit/audit-log.ts';
import { type Config, ConfigError } from './config.ts';
import { DATABASE_FILE } from './context.ts';
import { createLogger } from './logger.ts';
import { PUBLIC_URL_SETTING, PublicUrl } from './public-url.ts';
import { openDatabase } from './storage/database.ts';
import { settingsStore } from './storage/settings-store.ts';

/**
 * Prints a fresh access token of the local user. Whoever may open the relay's data folder is its operator. The relay
 * may be running: no more than the issuer is built here, and nothing of a running relay is touched.
 * @throws ConfigError when a configured issuer signs people in: tokens come from there then.
 */
export async function printToken(config: Config, { json }: { json: boolean }): Promise<void> {
  if (config.auth.issuer !== undefined) {
    throw new ConfigError(
      `Cannot make an access token: they come from the configured identity provider (${config.auth.issuer.url}). ` +
        'Sign in there, or use an API key for programs.',
    );
  }
  await using database = await openDatabase({ path: join(config.dataDir, DATABASE_FILE) });
  const settings = settingsStore(database.kysely);
  const users = userStore(database.kysely);
  // The relay may listen elsewhere than this command's environment says: the issuer must be the one it accepts.
  const running = await settings.get(PUBLIC_URL_SETTING);
  const publicUrl = new PublicUrl({ ...config, publicUrl: config.publicUrl ?? running });
  const log = createLogger({ logLevel: 'silent' });
  const audit = auditLog(database.kysely);
  using issuer = await createEmbeddedIssuer({ database, settings, users, publicUrl, audit, log });
  const tokens = await issueLocalTokens(issuer);
  process.stdout.write(`${json ? JSON.stringify(tokens) : tokens.access_token}\n`);
}
