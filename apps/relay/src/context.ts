import { join } from 'node:path';
import type { Logger } from 'pino';
import { createAuthenticator, type RememberingAuthenticator } from './accounts/authenticator.ts';
import { type AllowList, allowList } from './accounts/allow-list.ts';
import { OpenRequests } from './accounts/open-requests.ts';
import { createEmbeddedIssuer, type EmbeddedIssuer } from './accounts/embedded/embedded-issuer.ts';
import { createExternalIssuer } from './accounts/external/external-issuer.ts';
import { type TokenVerifier, tokenVerifier, type TrustedIssuer } from './accounts/token-verifier.ts';
import { type UserStore, userStore } from './accounts/user-store.ts';
import { type AuditLog, auditLog } from './audit/audit-log.ts';
import { type BridgeStore, bridgeStore } from './bridges/bridge-store.ts';
import { LoadHistory } from './bridges/load-history.ts';
import { ReportKeeper } from './bridges/report-keeper.ts';
import { LinkHub } from './bridges/link-hub.ts';
import { type SessionTokens, sessionTokens } from './bridges/session-token.ts';
import { bridgeChatModel } from './chat/bridge-chat-model.ts';
import { Generations } from './chat/generations.ts';
import { ModelTitles } from './chat/model-titles.ts';
import { Imports } from './chat/transfer/imports.ts';
import type { Config } from './config.ts';
import type { ContextOverrides } from './context-overrides.ts';
import { LocalUserEvents, type UserEvents } from './fabric/user-events.ts';
import { IntervalTicker, type Ticker } from './gateway/keep-alive-ticker.ts';
import { AnswerTimes } from './health/answer-times.ts';
import { measureQuery } from './health/probes.ts';
import { ProcessVitals } from './health/process-vitals.ts';
import { RequestMeter } from './health/request-meter.ts';
import { type IdempotencyStore, idempotencyStore } from './idempotency/idempotency-store.ts';
import { ActiveKeys } from './keys/active-keys.ts';
import { type KeyStore, keyStore } from './keys/key-store.ts';
import { KeyUsage } from './keys/key-usage.ts';
import { RequestLimits } from './limits/request-limits.ts';
import { Lifecycle } from './lifecycle.ts';
import { createAccessLog, createLogger } from './logger.ts';
import { RelayMetrics } from './metrics/relay-metrics.ts';
import { Erasures } from './personal-data/erasures.ts';
import { openProxies } from './proxies/open-proxies.ts';
import type { Proxies } from './proxies/proxies.ts';
import { type ProxyViews, proxyViews } from './proxies/proxy-views.ts';
import { PublicUrl } from './public-url.ts';
import { openPush, type Push } from './push/open-push.ts';
import { BridgeQueue } from './queue/bridge-queue.ts';
import { changeReader } from './realtime/change-reader.ts';
import { RealtimeHub } from './realtime/realtime-hub.ts';
import { changeSources } from './realtime/realtime-sockets.ts';
import { type AccountSettingsStore, accountSettingsStore } from './settings/account-settings-store.ts';
import { openDatabase, type RelayDatabase } from './storage/database.ts';
import { openSweeps } from './storage/open-sweeps.ts';
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
  /** What people chose for all their devices. */
  readonly accountSettings: AccountSettingsStore;
  /** The relay's own issuer; undefined when another one is configured. */
  readonly issuer: EmbeddedIssuer | undefined;
  /** Whose tokens are accepted: that one or the other. */
  readonly trustedIssuer: TrustedIssuer;
  readonly mayEnter: AllowList;
  readonly tokens: TokenVerifier;
  readonly authenticator: RememberingAuthenticator;
  /** The requests of each person that are being answered. */
  readonly openRequests: OpenRequests;
  /** Whose data is being deleted now. */
  readonly erasures: Erasures;
  readonly audit: AuditLog;
  readonly idempotency: IdempotencyStore;
  readonly keys: KeyStore;
  readonly keyUsage: KeyUsage;
  readonly activeKeys: ActiveKeys;
  /** What happens to people's things, for their open devices. */
  readonly events: UserEvents;
  readonly bridges: BridgeStore;
  readonly sessionTokens: SessionTokens;
  readonly links: LinkHub;
  /** The load of bridges over the last hour. */
  readonly loads: LoadHistory;
  readonly limits: RequestLimits;
  /** Tells the time to answers of engines that may be silent for long. */
  readonly ticker: Ticker;
  readonly proxies: Proxies;
  /** Proxies as the API shows them. */
  readonly proxyViews: ProxyViews;
  readonly generations: Generations;
  readonly imports: Imports;
  readonly queue: BridgeQueue;
  /** The open sockets of people's devices. */
  readonly realtime: RealtimeHub;
  /** Web Push. */
  readonly push: Push;
  readonly requests: RequestMeter;
  readonly answerTimes: AnswerTimes;
  readonly vitals: ProcessVitals;
  readonly metrics: RelayMetrics;
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
  const accountSettings = accountSettingsStore(kysely);
  const audit = auditLog(kysely);
  const idempotency = idempotencyStore(kysely);
  openSweeps(opened, { database, audit, idempotency, log });
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
  const erasures = new Erasures();
  const authenticator = createAuthenticator({
    tokens,
    users,
    mayEnter,
    isAdmin,
    audit: noted,
    keys: activeKeys,
    erasures,
  });

  const events = new LocalUserEvents();
  const bridges = bridgeStore(kysely);
  const bridgeTokens = await sessionTokens({ kysely, settings });

  const reports = opened.use(new ReportKeeper({ database, bridges, log }));
  const loads = new LoadHistory();
  const links = opened.use(
    new LinkHub({
      verifyToken: bridgeTokens.verify,
      changed: (connection) => {
        reports.changed(connection);
        push.notices.bridgeChanged(connection);
        events.publish(connection.userId, { type: 'bridge', bridgeId: connection.bridgeId });
        queue.look(connection.userId, connection.bridgeId);
      },
      reported: ({ bridgeId, report }) => loads.add(bridgeId, report?.systemLoad),
      unclaimed: (link, reply) => queue.unclaimed(link, reply),
      onError: (err, bridgeId) => log.error({ err, bridgeId }, 'Link ended: the relay has a fault'),
    }),
  );
  lifecycle.onDrain((signal) => links.drain(signal));
  const push = await openPush(opened, {
    config,
    database,
    settings,
    publicUrl,
    accountSettings,
    bridges,
    isWatched: (userId, conversationId) => realtime.isWatched(userId, conversationId),
    isConnected: (bridgeId) => links.get(bridgeId)?.connected === true,
    log,
    network: overrides.pushNetwork,
    offlineMs: overrides.offlineMs,
  });
  const queue = opened.use(new BridgeQueue({ database, links, events, log }));
  await queue.recover();
  lifecycle.onDrain(() => queue.close());

  const vitals = opened.use(new ProcessVitals());
  const metrics = new RelayMetrics({
    bridges: () => links.connectedCount,
    exchanges: () => links.exchangeCount,
    generations: () => generations.runningCount,
    proxies: () => proxies.runningCount,
    eventLoopDelay: () => vitals.delayMs,
    queryTime: () => measureQuery(database),
  });
  const model = overrides.chatModel ?? bridgeChatModel(links);
  const limits = new RequestLimits(config);
  const ticker = overrides.ticker ?? opened.use(new IntervalTicker());
  const proxies = await openProxies(opened, {
    config,
    database,
    bridges,
    links,
    events,
    ticker,
    log,
    driver: overrides.proxyDriver,
    ended: (reason) => metrics.proxyEnded(reason),
    now: overrides.proxyClock,
  });
  lifecycle.onDrain((signal) => proxies.drain(signal));
  const views = proxyViews({ proxies, publicUrl, domain: config.proxies.domain, now: overrides.proxyClock });
  const titles = new ModelTitles({
    database,
    model,
    events,
    isDemo: (bridgeId) => links.get(bridgeId)?.report?.engine?.demo === true,
    log,
  });
  opened.defer(() => titles.close());
  lifecycle.onDrain(() => titles.close());
  const generations = new Generations({
    database,
    model,
    log,
    ended: (outcome, generation) => {
      metrics.generationEnded(outcome);
      titles.ended(outcome, generation);
      push.notices.answerEnded(outcome, generation);
    },
    streams: limits.streams,
    events,
  });
  const imports = opened.use(new Imports({ database, events, log }));
  lifecycle.onDrain((_signal, graceMs) => generations.close(graceMs));

  const realtime = opened.use(
    new RealtimeHub({
      events,
      read: changeReader(changeSources({ database, bridges, links, queue, proxyViews: views, accountSettings })),
      generations,
      authenticate: (token) => authenticator.authenticate(token),
      holdKey: (keyId, held) => activeKeys.hold(keyId, held),
      onError: (err) => log.error({ err }, 'Cannot tell devices what changed: reading it failed'),
    }),
  );
  // Last: an answer that waited may end at once, and whoever is told of that must be there.
  await generations.recover();

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
    accountSettings,
    issuer,
    trustedIssuer,
    mayEnter,
    tokens,
    authenticator,
    openRequests: new OpenRequests(),
    erasures,
    audit,
    idempotency,
    keys,
    keyUsage,
    activeKeys,
    events,
    bridges,
    sessionTokens: bridgeTokens,
    links,
    loads,
    limits,
    ticker,
    proxies,
    proxyViews: views,
    generations,
    imports,
    queue,
    realtime,
    push,
    requests: new RequestMeter(),
    answerTimes: new AnswerTimes(),
    vitals,
    metrics,
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
}
