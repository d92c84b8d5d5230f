import type { EventEmitter } from 'node:events';
import { createLocalJWKSet, type JWTVerifyGetKey } from 'jose';
import { type KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Logger } from 'pino';
import type { AuditLog } from '../../audit/audit-log.ts';
import type { PublicUrl } from '../../public-url.ts';
import type { RelayDatabase } from '../../storage/database.ts';
import type { SettingsStore } from '../../storage/settings-store.ts';
import { readDeviceRequest } from './device-request.ts';
import { ISSUER_PATH, issuerConfiguration } from './issuer-configuration.ts';
import { loadIssuerKeys } from './issuer-keys.ts';
import { sweepOidcPayloads } from './oidc-adapter.ts';
import { throttleUserCodes } from './user-code-throttle.ts';
import { seedLocalUser, type UserStore } from '../user-store.ts';

/** Expired codes and tokens are harmless but many: one per sign-in and refresh. */
const SWEEP_INTERVAL_MS = 60 * 60 * 1000;

export interface EmbeddedIssuerParts {
  database: RelayDatabase;
  settings: SettingsStore;
  users: UserStore;
  publicUrl: PublicUrl;
  audit: AuditLog;
  log: Logger;
}

/** The relay's own OpenID issuer, with one seeded local user. */
export interface EmbeddedIssuer extends Disposable {
  readonly url: string;
  readonly user: { id: string; name: string };
  /** Its public keys, read in-process. */
  readonly keys: JWTVerifyGetKey;
  /** How many keys are at hand. */
  keyCount(): Promise<number>;
  /** Made on first use: its URL may be known only once the relay listens. */
  readonly provider: Provider;
}

/** Loads or makes the issuer's keys and its user. */
export async function createEmbeddedIssuer(parts: EmbeddedIssuerParts): Promise<EmbeddedIssuer> {
  const { database, settings, users, publicUrl, audit, log } = parts;
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
    keyCount: async () => keys.verifying.keys.length,
    get url() {
      return `${publicUrl.origin}${ISSUER_PATH}`;
    },
    get provider() {
      provider ??= makeProvider(issuer.url, issuerConfiguration({ kysely, keys, users, origin: publicUrl.origin }), {
        audit,
        log,
      });
      return provider;
    },
    [Symbol.dispose]() {
      clearInterval(timer);
    },
  };
  return issuer;
}

function makeProvider(
  url: string,
  configuration: ConstructorParameters<typeof Provider>[1],
  { audit, log }: Pick<EmbeddedIssuerParts, 'audit' | 'log'>,
): Provider {
  const provider = new Provider(url, configuration);
  // The relay says in front of it where requests come from and by which address it is known.
  provider.proxy = true;
  provider.on('server_error', (_context, err) => log.error({ err }, 'Embedded issuer failed'));
  // Koa's own event, which it would print otherwise; the issuer's types leave it out.
  const koa: EventEmitter = provider;
  koa.on('error', (err) => log.error({ err }, 'Embedded issuer failed'));
  provider.on('authorization.success', (context) => {
    recordApproval(context, audit).catch((err) => log.error({ err }, 'Cannot note that a bridge was approved'));
  });
  throttleUserCodes(provider);
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

/** Of the ways to be let in, only a bridge's has a device code. */
async function recordApproval({ oidc, ip }: KoaContextWithOIDC, audit: AuditLog): Promise<void> {
  const { DeviceCode: code, Client: client } = oidc.entities;
  if (code?.accountId === undefined) return;
  const { address } = readDeviceRequest(code.deviceInfo);
  const target = client?.clientName ?? code.clientId;
  await audit.record(code.accountId, { action: 'bridge_approved', target, address: ip, note: `asked from ${address}` });
}
