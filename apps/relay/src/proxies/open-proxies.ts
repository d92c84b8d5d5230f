import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { PeriodicSweep } from '../storage/periodic-sweep.ts';
import { ConfiguredDrivers } from './configured-drivers.ts';
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
 * or when it has run here before; else with the first proxy.
 */
export async function openProxies(
  opened: AsyncDisposableStack,
  { config: { proxies: config, dataDir }, driver: given, ...options }: OpenProxiesOptions,
): Promise<Proxies> {
  const { log, now = Date.now } = options;
  const drivers = await ConfiguredDrivers.open({ config, runtimeDir: join(dataDir, RUNTIME_FOLDER), log });
  const shared = opened.use(new SharedDriver(async () => await swept(given ?? (await drivers.start()), log)));
  const proxies = opened.use(new Proxies({ ...options, config, driver: () => shared.get() }));
  const left = await recoverProxies(proxies.store, now());
  if (left > 0) log.warn({ count: left }, 'Proxies of an earlier run of this relay have ended with it');
  if (left > 0 || config.poolSize > 0 || (given === undefined && drivers.hasRun)) {
    shared.get().catch((err: unknown) => log.error({ err }, 'Cannot start the driver of proxies'));
  }
  opened.use(
    new PeriodicSweep({
      what: 'what proxies have left',
      everyMs: PROXY_SWEEP_MS,
      log,
      async sweep() {
        await sweepProxies(proxies.store, now());
        await drivers.sweepAfterOthers();
        const driver = await shared.started?.catch(() => undefined);
        await driver?.sweep();
      },
    }),
  );
  return proxies;
}

/** A driver that can't remove what was left here runs all the same, and tries again from time to time. */
async function swept(driver: ProxyDriver, log: Logger): Promise<ProxyDriver> {
  try {
    const count = await driver.sweep();
    if (count > 0) log.warn({ count }, 'Removed what proxies of an earlier run of this relay had left');
  } catch (err) {
    log.error({ err }, 'Cannot remove what proxies of an earlier run of this relay have left');
  }
  return driver;
}
