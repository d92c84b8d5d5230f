import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { PeriodicSweep } from '../storage/periodic-sweep.ts';
import { dockerDriver } from './drivers/docker-driver.ts';
import { processDriver } from './drivers/process-driver.ts';
import type { ProxyDriver } from './drivers/proxy-driver.ts';
import { Proxies, type ProxiesOptions } from './proxies.ts';
import { PROXY_SWEEP_MS, recoverProxies, sweepProxies } from './proxy-recovery.ts';
import { SharedDriver } from './shared-driver.ts';

/** What a driver keeps while it runs; by this folder a relay knows what it left behind. */
const RUNTIME_FOLDER = 'proxies';

export interface OpenProxiesOptions extends Omit<ProxiesOptions, 'config' | 'driver'> {
  config: Pick<Config, 'proxies' | 'dataDir'>;
  log: Logger;
  /** In place of the one that is configured; it is closed with the rest. */
  driver?: ProxyDriver | undefined;
}

/**
 * The proxies of a relay, with everything that belongs to them: their driver, what an earlier relay left behind ended and
 * removed, and their sweeps; `opened` closes it all. The driver starts behind its back: at once when a pool shall wait,
 * else with the first proxy.
 */
export async function openProxies(
  opened: AsyncDisposableStack,
  { config: { proxies: config, dataDir }, driver: given, ...options }: OpenProxiesOptions,
): Promise<Proxies> {
  const { log, now = Date.now } = options;
  const shared = opened.use(
    new SharedDriver(() => (given === undefined ? startDriver({ config, dataDir, log }) : Promise.resolve(given))),
  );
  const proxies = opened.use(new Proxies({ ...options, config, driver: () => shared.get() }));
  const left = await recoverProxies(proxies.store, now());
  if (left > 0) log.warn({ count: left }, 'Proxies of an earlier run of this relay have ended with it');
  if (left > 0 || config.poolSize > 0) {
    shared.get().catch((err: unknown) => log.error({ err }, 'Cannot start the driver of proxies'));
  }
  opened.use(
    new PeriodicSweep({
      what: 'what proxies have left',
      everyMs: PROXY_SWEEP_MS,
      log,
      async sweep() {
        await sweepProxies(proxies.store, now());
        const driver = await shared.started?.catch(() => undefined);
        await driver?.sweep();
      },
    }),
  );
  return proxies;
}

async function startDriver({
  config,
  dataDir,
  log,
}: {
  config: Config['proxies'];
  dataDir: string;
  log: Logger;
}): Promise<ProxyDriver> {
  const { poolSize, docker } = config;
  const runtimeDir = join(dataDir, RUNTIME_FOLDER);
  const driver =
    config.driver === 'docker'
      ? await dockerDriver({ ...docker, runtimeDir, poolSize, log })
      : await processDriver({ runtimeDir, poolSize, log });
  const count = await driver.sweep();
  if (count > 0) log.warn({ count }, 'Removed what proxies of an earlier run of this relay had left');
  return driver;
}
