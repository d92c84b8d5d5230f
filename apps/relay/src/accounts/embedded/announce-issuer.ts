import { isLoopbackHost } from '@cloudtolocalllm/protocol/loopback-host';
import type { Logger } from 'pino';
import type { Config } from '../../config.ts';
import type { PublicUrl } from '../../public-url.ts';
import type { RelayDatabase } from '../../storage/database.ts';
import type { EmbeddedIssuer } from './embedded-issuer.ts';
import { addFirstPassword } from './first-password.ts';

export interface AnnounceIssuerParts {
  issuer: EmbeddedIssuer;
  database: RelayDatabase;
  config: Config;
  publicUrl: PublicUrl;
  log: Logger;
}

/** Gives the local account its password at the first start, and prints it: plainly, this once, never in the log. */
export async function announceFirstPassword({ issuer, database }: AnnounceIssuerParts): Promise<void> {
  const password = await addFirstPassword(database.kysely, issuer.user.id);
  if (password === undefined) return;
  process.stdout.write(
    `\nSign in as "${issuer.user.name}" with the password ${password}\n` +
      'It is shown this once. "npm run password" makes a new one.\n\n',
  );
}

/** Says who signs people in, and loudly if from anywhere. */
export function announceIssuer({ config, publicUrl, log }: AnnounceIssuerParts): void {
  if (!config.auth.embeddedEverywhere) {
    log.warn(
      'No identity provider is configured: one local account signs in with its password, only from this computer',
    );
    return;
  }
  log.warn(
    'No identity provider is configured, and EMBEDDED_SIGN_IN_EVERYWHERE is on: whoever reaches this relay and knows ' +
      'the password of its one local account may use it. An identity provider (AUTH_ISSUER) is the safer way',
  );
  if (isLoopbackHost(new URL(publicUrl.origin).host)) {
    log.warn(`Sign-in leads to ${publicUrl.origin}, which is another place on every computer: set PUBLIC_URL`);
  }
}
