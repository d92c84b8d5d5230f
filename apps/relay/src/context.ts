import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Authenticator } from './accounts/authenticate.ts';
import { createAuthenticator } from './accounts/authenticator.ts';
import { createEmbeddedIssuer, type EmbeddedIssuer } from './accounts/embedded-issuer.ts';
import { type TokenVerifier, tokenVerifier } from './accounts/token-verifier.ts';
import { type UserStore, userStore } from './accounts/user-store.ts';
import { type AuditLog, auditLog } from './audit/audit-log.ts';
import { type BridgeStore, bridgeStore } from './bridges/bridge-store.ts';
import { ReportKeeper } from './bridges/report-keeper.ts';
import { LinkHub } from './bridges/link-hub.ts';
import { type SessionTokens, sessionTokens } from './bridges/session-token.ts';
import { bridgeChatModel } from './chat/bridge-chat-model.ts';
import type { ChatModel } from './chat/chat-model.ts';
import { Generations } from './chat/generations.ts';
import type { Config } from './config.ts';
import { RequestMeter } from './health/request-meter.ts';
import { Lifecycle } from './lifecycle.ts';
import { createAccessLog, createLogger } from './logger.ts';
import { PublicUrl } from './public-url.ts';
import { openDatabase, type RelayDatabase } from './storage/database.ts';
import { type SettingsStore, settingsStore } from './storage/settings-store.ts';

/** Everything the relay is made of. Modules get what they use of it, never the whole. */
export interface Context extends AsyncDisposable {
  readonly config: Config;
  readonly log: Logger;
  /** One line per answered request. */
  readonly accessLog: Logger;
  readonly lifecycle: Lifecycle;
  readonly publicUrl: PublicUrl;
  readonly database: RelayDatabase;
  readonly settings: SettingsStore;
  readonly users: UserStore;
  readonly issuer: EmbeddedIssuer;
  readonly tokens: TokenVerifier;
  readonly authenticator: Authenticator;
  readonly audit: AuditLog;
  readonly bridges: BridgeStore;
  readonly sessionTokens: SessionTokens;
  readonly links: LinkHub;
  readonly generations: Generations;
  readonly requests: RequestMeter;
}

/** What a test or an embedding program brings itself; it also closes it. */
export interface ContextOverrides extends Partial<Pick<Context, 'log' | 'database' | 'tokens'>> {
  /** What answers in chat, instead of the users' own computers. */
  chatModel?: ChatModel;
  /** Told when the database is lost under way. */
  onDatabaseCrash?: (error: Error) => void;
}

export const DATABASE_FILE = 'relay.db';

/** Builds everything from the configuration; disposing closes what was opened, in reverse order. */
export async function createContext(config: Config, overrides: ContextOverrides = {}): Promise<Context> {
  await using opened = new AsyncDisposableStack();
  const log = overrides.log ?? createLogger(config);
  const accessLog = overrides.log ?? createAccessLog(config);
  const lifecycle = new Lifecycle(config.shutdownGraceMs);
  const publicUrl = new PublicUrl(config);
  const database =
    overrides.database ??
    opened.use(await openDatabase({ path: join(config.dataDir, DATABASE_FILE), onCrash: overrides.onDatabaseCrash }));
  const { kysely } = database;

  const settings = settingsStore(kysely);
  const users = userStore(kysely);
  const issuer = opened.use(await createEmbeddedIssuer({ database, settings, users, publicUrl, log }));
  const tokens = overrides.tokens ?? tokenVerifier({ issuer, audience: config.auth.audience });
  const audit = auditLog(kysely);
  const admins = new Set(config.auth.adminSubjects);
  // Whoever runs the relay made the embedded issuer's account.
  const authenticator = createAuthenticator({ tokens, isAdmin: (id) => admins.has(id) || id === issuer.user.id });

  const bridges = bridgeStore(kysely);
  const bridgeTokens = await sessionTokens({ kysely, settings });

  const reports = opened.use(new ReportKeeper({ database, bridges, log }));
  const links = opened.use(
    new LinkHub({
      verifyToken: bridgeTokens.verify,
      changed: (connection) => reports.changed(connection),
      onError: (err, bridgeId) => log.error({ err, bridgeId }, 'Link ended: the relay has a fault'),
    }),
  );
  lifecycle.onDrain((signal) => links.drain(signal));

  const generations = new Generations({ database, model: overrides.chatModel ?? bridgeChatModel(links), log });
  await generations.recover();
  lifecycle.onDrain((_signal, graceMs) => generations.close(graceMs));

  const closing = opened.move();
  return {
    config,
    log,
    accessLog,
    lifecycle,
    publicUrl,
    database,
    settings,
    users,
    issuer,
    tokens,
    authenticator,
    audit,
    bridges,
    sessionTokens: bridgeTokens,
    links,
    generations,
    requests: new RequestMeter(),
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
}
