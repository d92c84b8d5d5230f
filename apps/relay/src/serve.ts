import { collectYoungGarbage } from '@cloudtolocalllm/protocol';
import { announceFirstPassword, announceIssuer } from './accounts/embedded/announce-issuer.ts';
import type { Api } from './api.ts';
import type { Config } from './config.ts';
import { type Context, createContext } from './context.ts';
import { openMetricsListener } from './metrics/metrics-listener.ts';
import { PUBLIC_URL_SETTING } from './public-url.ts';
import { createServer } from './server.ts';

/**
 * Runs the relay until SIGTERM or SIGINT, then lets running exchanges finish; a second signal ends it at once. `extend`
 * registers more routes before it listens.
 */
export async function serve(config: Config, extend?: (app: Api, context: Context) => void): Promise<void> {
  collectYoungGarbage();
  const crashed = Promise.withResolvers<Error>();
  await using context = await createContext(config, { onDatabaseCrash: crashed.resolve });
  const { log, lifecycle, publicUrl, settings } = context;
  await using app = await createServer(context);
  extend?.(app, context);
  await using listeners = new AsyncDisposableStack();
  const { listener } = config.metrics;
  if (listener) listeners.use(await openMetricsListener({ ...listener, metrics: context.metrics, log }));

  const stopped = stopSignal();
  if (context.issuer !== undefined) await announceFirstPassword({ ...context, issuer: context.issuer });
  await app.listen({ port: config.port, host: config.host });
  await settings.set(PUBLIC_URL_SETTING, publicUrl.origin);
  log.info({ url: publicUrl.origin }, 'Relay is ready');
  if (context.issuer !== undefined) announceIssuer({ ...context, issuer: context.issuer });
  else log.info({ issuer: context.trustedIssuer.url, audience: config.auth.audience }, 'Accepts tokens of this issuer');

  const reason = await Promise.race([stopped, crashed.promise]);
  if (reason instanceof Error) {
    log.fatal({ err: reason }, 'Relay ends: its database is lost');
    process.exitCode = 1;
    return;
  }
  log.info({ signal: reason }, 'Relay is shutting down');
  await lifecycle.drain();
  await app.close();
  log.info('Relay has stopped');
}

function stopSignal(): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  let count = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    count++;
    if (count > 1) process.exit(1);
    resolve(signal);
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  return promise;
}
