import type { EventEmitter } from 'node:events';
import { createLocalJWKSet, type JWTVerifyGetKey } from 'jose';
import { Provider } from 'oidc-provider';
import type { Logger } from 'pino';
import type { PublicUrl } from '../public-url.ts';
import type { RelayDatabase } from '../storage/database.ts';
import type { SettingsStore } from '../storage/settings-store.ts';
import { ISSUER_PATH, issuerConfiguration } from './issuer-configuration.ts';
import { loadIssuerKeys } from './issuer-keys.ts';
import { sweepOidcPayloads } from './oidc-adapter.ts';
import { seedLocalUser, type UserStore } from './user-store.ts';

/** Expired codes and tokens are harmless but many: one per sign-in and refresh. */
const SWEEP_INTERVAL_MS = 60 * 60 * 1000;

export interface EmbeddedIssuerParts {
  database: RelayDatabase;
  settings: SettingsStore;
  users: UserStore;
  publicUrl: PublicUrl;
  log: Logger;
}

/** The relay's own OpenID issuer, with one seeded local user. */
export interface EmbeddedIssuer extends Disposable {
  readonly url: string;
  readonly user: { id: string; name: string };
  /** Its public keys, read in-process. */
  readonly keys: JWTVerifyGetKey;
  /** Whether a set of keys to verify tokens with is at hand. */
  hasKeys(): Promise<boolean>;
  /** Made on first use: its URL may be known only once the relay listens. */
  readonly provider: Provider;
}

/** Loads or makes the issuer's keys and its user. */
export async function createEmbeddedIssuer(parts: EmbeddedIssuerParts): Promise<EmbeddedIssuer> {
  const { database, settings, users, publicUrl, log } = parts;
  const { kysely } = database;
  const keys = await loadIssuerKeys(settings);
  const user = await seedLocalUser(settings, users);
  const sweep = () => sweepOidcPayloads(kysely).catch((err) => log.warn({ err }, 'Cannot sweep expired sign-ins'));
  await sweep();
  const timer = setInterval(() => void sweep(), SWEEP_INTERVAL_MS).unref();
  let provider: Provider | undefined;
  const issuer: EmbeddedIssuer = {
    user,
    keys: createLocalJWKSet(keys.verifying),
    hasKeys: async () => keys.verifying.keys.length > 0,
    get url() {
      return `${publicUrl.origin}${ISSUER_PATH}`;
    },
    get provider() {
      provider ??= makeProvider(
        issuer.url,
        issuerConfiguration({ kysely, keys, users, origin: publicUrl.origin }),
        log,
      );
      return provider;
    },
    [Symbol.dispose]() {
      clearInterval(timer);
    },
  };
  return issuer;
}

function makeProvider(url: string, configuration: ConstructorParameters<typeof Provider>[1], log: Logger): Provider {
  const provider = new Provider(url, configuration);
  provider.on('server_error', (_context, err) => log.error({ err }, 'Embedded issuer failed'));
  // Koa's own event, which it would print otherwise; the issuer's types leave it out.
  const koa: EventEmitter = provider;
  koa.on('error', (err) => log.error({ err }, 'Embedded issuer failed'));
  // A link with the code in it fills the form in; the person still looks at it and presses the button.
  provider.use(async (context, next) => {
    const { user_code: code } = context.query;
    if (context.method === 'GET' && context.path === '/device' && typeof code === 'string') {
      context.state.userCode = code;
      context.url = '/device';
      Object.assign(context.req, { originalUrl: `${ISSUER_PATH}/device` });
    }
    await next();
  });
  return provider;
}
