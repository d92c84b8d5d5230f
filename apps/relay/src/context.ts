import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Authenticator } from './accounts/authenticate.ts';
import { createAuthenticator } from './accounts/authenticator.ts';
import { type AllowList, allowList } from './accounts/allow-list.ts';
import { createEmbeddedIssuer, type EmbeddedIssuer } from './accounts/embedded/embedded-issuer.ts';
import { createExternalIssuer } from './accounts/external/external-issuer.ts';
import { type TokenVerifier, tokenVerifier, type TrustedIssuer } from './accounts/token-verifier.ts';
import { type UserStore, userStore } from './accounts/user-store.ts';
import { type AuditLog, auditLog } from './audit/audit-log.ts';
import { AuditSweep } from './audit/audit-sweep.ts';
import { type BridgeStore, bridgeStore } from './bridges/bridge-store.ts';
import { ReportKeeper } from './bridges/report-keeper.ts';
import { LinkHub } from './bridges/link-hub.ts';
import { type SessionTokens, sessionTokens } from './bridges/session-token.ts';
import { bridgeChatModel } from './chat/bridge-chat-model.ts';
import type { ChatModel } from './chat/chat-model.ts';
import { Generations } from './chat/generations.ts';
import type { Config } from './config.ts';
import { LocalUserEvents, type UserEvents } from './fabric/user-events.ts';
import { AnswerTimes } from './health/answer-times.ts';
import { measureQuery } from './health/probes.ts';
import { ProcessVitals } from './health/process-vitals.ts';
import { RequestMeter } from './health/request-meter.ts';
import { ActiveKeys } from './keys/active-keys.ts';
import { type KeyStore, keyStore } from './keys/key-store.ts';
import { KeyUsage } from './keys/key-usage.ts';
import { RequestLimits } from './limits/request-limits.ts';
import { Lifecycle } from './lifecycle.ts';
import { createAccessLog, createLogger } from './logger.ts';
import { RelayMetrics } from './metrics/relay-metrics.ts';
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
  /** The relay's own issuer; undefined when another one is configured. */
  readonly issuer: EmbeddedIssuer | undefined;
  /** Whose tokens are accepted: that one or the other. */
  readonly trustedIssuer: TrustedIssuer;
  readonly mayEnter: AllowList;
  readonly tokens: TokenVerifier;
  readonly authenticator: Authenticator;
  readonly audit: AuditLog;
  readonly keys: KeyStore;
  readonly keyUsage: KeyUsage;
  readonly activeKeys: ActiveKeys;
  /** What happens to people's things, for their open devices. */
  readonly events: UserEvents;
  readonly bridges: BridgeStore;
  readonly sessionTokens: SessionTokens;
  readonly links: LinkHub;
  readonly limits: RequestLimits;
  readonly generations: Generations;
  readonly requests: RequestMeter;
  readonly answerTimes: AnswerTimes;
  readonly vitals: ProcessVitals;
  readonly metrics: RelayMetrics;
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
  const audit = auditLog(kysely);
  opened.use(new AuditSweep(audit, log));
  const issuer =
    config.auth.issuer === undefined
      ? opened.use(await createEmbeddedIssuer({ database, settings, users, publicUrl, audit, log }))
      : undefined;
  const trustedIssuer = issuer ?? opened.use(await createExternalIssuer({ ...config.auth.issuer!, settings, log })); // one of the two
  const tokens = overrides.tokens ?? tokenVerifier({ issuer: trustedIssuer, audience: config.auth.audience });
  const admins = new Set(config.auth.adminSubjects);
  // Whoever runs the relay made the embedded issuer's account.
  const isAdmin = (id: string): boolean => admins.has(id) || id === issuer?.user.id;
  const mayEnter = allowList(config.auth.allow);
  const keys = keyStore(kysely);
  const keyUsage = opened.use(new KeyUsage({ database, keys, log }));
  const activeKeys = new ActiveKeys({ keys, usage: keyUsage, mayEnter });
  // The embedded issuer notes by itself whom it signs in; of another, the tokens that come are all that is seen.
  const noted = issuer === undefined ? audit : undefined;
  const authenticator = createAuthenticator({ tokens, users, mayEnter, isAdmin, audit: noted, keys: activeKeys });

  const events = new LocalUserEvents();
  const bridges = bridgeStore(kysely);
  const bridgeTokens = await sessionTokens({ kysely, settings });

  const reports = opened.use(new ReportKeeper({ database, bridges, log }));
  const links = opened.use(
    new LinkHub({
      verifyToken: bridgeTokens.verify,
      changed: (connection) => {
        reports.changed(connection);
        events.publish(connection.userId, { type: 'bridge', bridgeId: connection.bridgeId });
      },
      onError: (err, bridgeId) => log.error({ err, bridgeId }, 'Link ended: the relay has a fault'),
    }),
  );
  lifecycle.onDrain((signal) => links.drain(signal));

  const vitals = opened.use(new ProcessVitals());
  const metrics = new RelayMetrics({
    bridges: () => links.connectedCount,
    exchanges: () => links.exchangeCount,
    generations: () => generations.runningCount,
    eventLoopDelay: () => vitals.delayMs,
    queryTime: () => measureQuery(database),
  });
  const model = overrides.chatModel ?? bridgeChatModel(links);
  const limits = new RequestLimits(config);
  const generations = new Generations({
    database,
    model,
    log,
    ended: (outcome) => metrics.generationEnded(outcome),
    streams: limits.streams,
  });
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
    trustedIssuer,
    mayEnter,
    tokens,
    authenticator,
    audit,
    keys,
    keyUsage,
    activeKeys,
    events,
    bridges,
    sessionTokens: bridgeTokens,
    links,
    limits,
    generations,
    requests: new RequestMeter(),
    answerTimes: new AnswerTimes(),
    vitals,
    metrics,
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
}
