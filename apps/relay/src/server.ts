import { readFile } from 'node:fs/promises';
import helmet from '@fastify/helmet';
import { newId } from '@cloudtolocalllm/protocol';
import { fastify, type FastifyServerOptions, LogController } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { issuerRoutes } from './accounts/issuer-routes.ts';
import { authConfigRoute, meRoute } from './accounts/routes.ts';
import type { Api } from './api.ts';
import { BRIDGE_SOCKET_PREFIX, bridgeSocket } from './bridges/bridge-socket.ts';
import { bridgeRoutes } from './bridges/routes.ts';
import { chatRoutes } from './chat/routes.ts';
import type { Context } from './context.ts';
import { clientErrorHandler, handleError } from './error-handler.ts';
import { guardRoutes } from './guard.ts';
import { gatewayRoutes } from './gateway/routes.ts';
import { healthRoutes } from './health/routes.ts';
import { logRequest } from './logger.ts';
import { answerUnknownRoutes } from './not-found.ts';
import { securityHeaders } from './security-headers.ts';
import { handleUpgrades, shouldUpgradeCallback } from './upgrade.ts';
import { serveWebApp } from './web/web-app.ts';

/** A message of the longest content, every character escaped; bodies for engines are streamed and not held to it. */
const MAX_BODY_BYTES = 2 * 1024 * 1024;
/** A token that is far too long is still answered with what is wrong with it. */
const MAX_HEADER_BYTES = 64 * 1024;
/** For sending the headers of a request: slow clients hold a socket no longer. */
const HEADERS_TIMEOUT_MS = 20_000;
/** Longer than proxies keep an idle connection (60-75 s), so that it's never we who close it under a request. */
const KEEP_ALIVE_TIMEOUT_MS = 120_000;

/** Assembles the relay's HTTP server; it doesn't listen yet. */
export async function createServer(context: Context): Promise<Api> {
  const { config, log, accessLog, database, lifecycle, publicUrl, requests, issuer, users, authenticator, links } =
    context;
  const http = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    shouldUpgradeCallback,
  };
  const options: FastifyServerOptions = {
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => newId('req'),
    bodyLimit: MAX_BODY_BYTES,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    // An answer may take as long as a model thinks, and an upload as long as its line needs.
    requestTimeout: 0,
    // What still runs when it closes has had its grace period.
    forceCloseConnections: true,
    clientErrorHandler: clientErrorHandler(log),
    frameworkErrors: (error, request, reply) => void handleError(error, request, reply),
  };
  const tls = config.tls && { cert: await readFile(config.tls.certPath), key: await readFile(config.tls.keyPath) };
  const listener = tls ? { https: { ...tls, ...http } } : { http };
  // as: fastify types http and https servers apart; nothing here depends on which it is.
  const app: Api = fastify({ ...options, ...listener } as FastifyServerOptions).withTypeProvider<ZodTypeProvider>();

  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(handleError);
  app.addHook('onRequest', async (request, reply) => {
    requests.count();
    // On the raw response: answers that are written past fastify carry it as well.
    reply.raw.setHeader('x-request-id', request.id);
  });
  app.addHook('onResponse', async (request, reply) => logRequest(accessLog, request, reply));
  app.addHook('onListen', async () => {
    const [address] = app.addresses();
    // A string is a socket's path: nobody reaches that by URL.
    if (typeof address === 'object') publicUrl.listeningOn(address.port);
  });
  await app.register(helmet, securityHeaders(config, publicUrl));

  guardRoutes(app, { authenticator });
  const appPage = await serveWebApp(app, { webDir: config.webDir, publicUrl });
  answerUnknownRoutes(app, appPage.fallback);

  healthRoutes(app, { database, lifecycle, requests, hasKeys: issuer.hasKeys });
  authConfigRoute(app, { issuer, embedded: true });
  await app.register(async (scope: Api) => issuerRoutes(scope, { issuer }));

  meRoute(app, { users });
  bridgeRoutes(app, { ...context, presence: links });
  chatRoutes(app, context);
  await app.register(async (scope: Api) => gatewayRoutes(scope, { links }));

  const { sessionTokens } = context;
  const identify = async (token: string) => {
    const { capabilities, expires, ...bridge } = await sessionTokens.verify(token);
    return { identity: { ...bridge, streaming: capabilities.includes('streaming') }, expires };
  };
  const bridges = bridgeSocket({ hub: links, publicUrl: () => new URL(publicUrl.origin), identify });
  handleUpgrades(app.server, { [BRIDGE_SOCKET_PREFIX]: bridges }, log);
  // Closing waits for every socket, also for those that have become WebSockets.
  app.addHook('preClose', async () => links[Symbol.dispose]());

  return app;
}
