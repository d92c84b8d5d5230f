import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import { newId } from '@cloudtolocalllm/protocol';
import { fastify, type FastifyReply, type FastifyRequest, type FastifyServerOptions, LogController } from 'fastify';
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { notAllowed } from './accounts/authenticator.ts';
import { issuerRoutes } from './accounts/embedded/issuer-routes.ts';
import { watchRequests } from './accounts/open-requests.ts';
import { authConfigRoute, meRoute } from './accounts/routes.ts';
import type { Api } from './api.ts';
import { auditRoutes } from './audit/routes.ts';
import { BRIDGE_SOCKET_PREFIX, bridgeSocket } from './bridges/bridge-socket.ts';
import { bridgeRoutes } from './bridges/routes.ts';
import { chatRoutes } from './chat/routes.ts';
import type { Context } from './context.ts';
import { downloadRoutes } from './downloads/routes.ts';
import { documentApi } from './docs/openapi.ts';
import { clientErrorHandler, handleError } from './error-handler.ts';
import { RelayError } from './errors.ts';
import { afterCharge, answerErrors, guardRoutes } from './guard.ts';
import { gatewayRoutes } from './gateway/routes.ts';
import { HealthCheck } from './health/health-check.ts';
import { relayProbes } from './health/relay-probes.ts';
import { healthRoutes } from './health/routes.ts';
import { answerRetries } from './idempotency/idempotent-requests.ts';
import { keyRoutes, watchKeys } from './keys/routes.ts';
import { ArrivedRequests } from './limits/arrived-requests.ts';
import { corsOptions, originCheck } from './limits/cors.ts';
import { limitsRoute } from './limits/routes.ts';
import { awaitRest, CLIENT_TIMEOUTS, type ClientTimeouts, readJsonBodies } from './limits/slow-clients.ts';
import { logRequest } from './logger.ts';
import { modelRoutes } from './models/routes.ts';
import { isTimed } from './metrics/relay-metrics.ts';
import { metricsRoute } from './metrics/routes.ts';
import { answerUnknownRoutes } from './not-found.ts';
import { personalDataRoutes } from './personal-data/routes.ts';
import { pushRoutes } from './push/routes.ts';
import { queueRoutes } from './queue/routes.ts';
import { proxyEdge } from './proxies/edge.ts';
import { routedPath } from './proxies/proxy-host.ts';
import { proxyRoutes } from './proxies/routes.ts';
import { realtimeSockets } from './realtime/realtime-sockets.ts';
import { securityHeaders } from './security-headers.ts';
import { settingsRoutes } from './settings/routes.ts';
import { handleUpgrades, shouldUpgradeCallback } from './upgrade.ts';
import { serveWebApp } from './web/web-app.ts';

/** A message of the longest content, every character escaped; bodies for engines are streamed and not held to it. */
const MAX_BODY_BYTES = 2 * 1024 * 1024;
/** A token that is far too long is still answered with what is wrong with it. */
const MAX_HEADER_BYTES = 64 * 1024;
/** Far more than browsers and proxies send; of endless ones Node would drop the rest without a word. */
const MAX_HEADERS = 200;
/** Longer than proxies keep an idle connection (60-75 s), so that it's never we who close it under a request. */
const KEEP_ALIVE_TIMEOUT_MS = 120_000;

export interface ServerOptions {
  timeouts?: Partial<ClientTimeouts> | undefined;
}

/** Assembles the relay's HTTP server; it doesn't listen yet. */
export async function createServer(context: Context, options: ServerOptions = {}): Promise<Api> {
  const timeouts = { ...CLIENT_TIMEOUTS, ...options.timeouts };
  const { config, log, accessLog, publicUrl, requests, answerTimes, metrics, users, authenticator, links, limits } =
    context;
  const http = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: timeouts.headersMs,
    connectionsCheckingInterval: timeouts.checkMs,
    // We ask for it ourselves, and answer in the error format.
    requireHostHeader: false,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    shouldUpgradeCallback,
  };
  const refuseUnrouted = async (error: Error, request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    handleError(await afterCharge(limits.chargeAddress(request, reply), error), request, reply);
  };
  const pathOf = (request: Pick<IncomingMessage, 'url' | 'headers'>) => routedPath(request, config.proxies.domain);
  const arrived = new ArrivedRequests();
  const serverOptions: FastifyServerOptions = {
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => newId('req'),
    bodyLimit: MAX_BODY_BYTES,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    // An answer may take as long as a model thinks, and an upload as long as its line needs.
    requestTimeout: 0,
    trustProxy: limits.trustedProxies ?? false,
    // What still runs when it closes has had its grace period.
    forceCloseConnections: true,
    // In fastify's own format; what still comes is answered.
    return503OnClosing: false,
    clientErrorHandler: clientErrorHandler(log, arrived),
    rewriteUrl: pathOf,
    frameworkErrors: (error, request, reply) => void refuseUnrouted(error, request, reply),
  };
  const tls = config.tls && { cert: await readFile(config.tls.certPath), key: await readFile(config.tls.keyPath) };
  const listener = tls ? { https: { ...tls, ...http } } : { http };
  // as: fastify types http and https servers apart; nothing here depends on which it is.
  const app: Api = fastify({
    ...serverOptions,
    ...listener,
  } as FastifyServerOptions).withTypeProvider<ZodTypeProvider>();

  arrived.watch(app.server);
  app.setValidatorCompiler(validatorCompiler);
  // Answers are typed where they are made; their schemas are for the documentation.
  app.setSerializerCompiler(() => JSON.stringify);
  readJsonBodies(app, { maxBytes: MAX_BODY_BYTES, bodyMs: timeouts.bodyMs });
  // RFC 9110, 10.1.1: other expectations than 100-continue may be ignored.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
  app.addHook('onRequest', async (request, reply) => {
    requests.count();
    // On the raw response: answers that are written past fastify carry it as well.
    reply.raw.setHeader('x-request-id', request.id);
    requireSaneHeaders(request.raw);
  });
  app.addHook('onResponse', async (request, reply) => {
    awaitRest(request.raw, timeouts.bodyMs);
    logRequest(accessLog, request, reply);
    metrics.answered(request, reply);
    if (isTimed(request)) answerTimes.add(reply.elapsedTime);
  });
  app.addHook('onError', async (_request, _reply, error) => metrics.failed(error));
  app.addHook('onListen', async () => {
    const [address] = app.addresses();
    // A string is a socket's path: nobody reaches that by URL.
    if (typeof address === 'object') publicUrl.listeningOn(address.port);
  });
  answerErrors(app, limits);
  await app.register(helmet, securityHeaders(config, publicUrl, context.trustedIssuer));

  if (config.corsOrigins.length + config.gatewayCorsOrigins.length > 0) {
    await app.register(cors, corsOptions({ own: config.corsOrigins, engines: config.gatewayCorsOrigins }));
    // As the request id: answers that are written past fastify carry them as well.
    app.addHook('onRequest', async (request, reply) => {
      if (request.headers.origin === undefined) reply.raw.setHeader('vary', 'Origin');
      else setOnRaw(reply);
    });
  }
  guardRoutes(app, { authenticator, limits });
  watchKeys(app, context.activeKeys);
  watchRequests(app, context.openRequests);
  answerRetries(app, { store: context.idempotency, limits });
  const appPage = await serveWebApp(app, { webDir: config.webDir, publicUrl });
  answerUnknownRoutes(app, appPage.fallback, limits);
  await documentApi(app, { publicUrl });

  healthRoutes(app, { check: new HealthCheck(relayProbes(app.server, context)) });
  if (config.metrics.public) metricsRoute(app, { metrics });
  authConfigRoute(app, context);
  downloadRoutes(app, { downloadsDir: config.downloadsDir, publicUrl });
  const { issuer } = context;
  if (issuer !== undefined) await app.register(async (scope: Api) => issuerRoutes(scope, { ...context, issuer }));

  meRoute(app, { users });
  settingsRoutes(app, context);
  limitsRoute(app, context);
  personalDataRoutes(app, context);
  pushRoutes(app, context);
  bridgeRoutes(app, { ...context, presence: links });
  modelRoutes(app, { ...context, presence: links });
  queueRoutes(app, context);
  chatRoutes(app, context);
  proxyRoutes(app, context);
  keyRoutes(app, context);
  auditRoutes(app, context);
  const owns = async (userId: string, bridgeId: string): Promise<boolean> =>
    (await context.bridges.find(userId, bridgeId)) !== undefined;
  await app.register(async (scope: Api) =>
    gatewayRoutes(scope, {
      links,
      ticker: context.ticker,
      limits,
      owns,
      bridgesOf: (userId) => context.bridges.list(userId),
      uploadIdleMs: timeouts.uploadIdleMs,
    }),
  );
  await app.register(async (scope: Api) => proxyEdge(scope, { ...context, uploadIdleMs: timeouts.uploadIdleMs }));

  const { sessionTokens } = context;
  const identify = async (token: string) => {
    const { capabilities, expires, email, ...bridge } = await sessionTokens.verify(token);
    // A token lives for a day: its owner may have been taken off the list since.
    if (!context.mayEnter({ id: bridge.userId, email })) throw notAllowed();
    return { identity: { ...bridge, streaming: capabilities.includes('streaming') }, expires };
  };
  const origins = { publicUrl: () => new URL(publicUrl.origin), allowsOrigin: originCheck(config.corsOrigins) };
  const charge = (bridgeId: string) => limits.chargeBridgeSocket(bridgeId);
  const sockets = {
    [BRIDGE_SOCKET_PREFIX]: bridgeSocket({ hub: links, identify, charge, ...origins }),
    ...realtimeSockets(context, origins),
  };
  app.decorate('upgradePaths', Object.keys(sockets));
  const chargeRefused = (request: IncomingMessage) => limits.chargeRefusedSocket(request);
  handleUpgrades(app.server, sockets, { log, pathOf, chargeRefused, failed: (error) => metrics.failed(error) });
  // Closing waits for every socket, also for those that have become WebSockets.
  app.addHook('preClose', async () => {
    links[Symbol.dispose]();
    context.realtime[Symbol.dispose]();
  });

  return app;
}

/** @throws RelayError bad_request, headers_too_large */
function requireSaneHeaders({ httpVersion, headers, rawHeaders }: IncomingMessage): void {
  // RFC 9112, 3.2
  if (headers.host === undefined && httpVersion === '1.1') {
    throw new RelayError('bad_request', 'The header Host is missing.');
  }
  // The same section: whoever stands in front may have looked at the other one.
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!; // index is below length
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  if (hosts > 1) {
    throw new RelayError('bad_request', 'The header Host is there more than once.');
  }
  if (rawHeaders.length > 2 * MAX_HEADERS) {
    throw new RelayError('headers_too_large', `There are too many headers: send no more than ${MAX_HEADERS}.`);
  }
}

function setOnRaw(reply: FastifyReply): void {
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
}
