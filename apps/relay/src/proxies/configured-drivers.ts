import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { dockerDriver } from './drivers/docker-driver.ts';
import { sweepAfterDocker } from './drivers/docker-sweep.ts';
import { DriverRecord } from './drivers/driver-record.ts';
import { processDriver, sweepAfterProcesses } from './drivers/process-driver.ts';
import type { ProxyDriver } from './drivers/proxy-driver.ts';

export interface ConfiguredDriversOptions {
  config: Pick<Config['proxies'], 'driver' | 'docker' | 'poolSize'>;
  runtimeDir: string;
  log: Pick<Logger, 'info' | 'warn'>;
}

const DOCKER = 'docker ';

/** The driver that is configured, and those that were when this data folder was used before. */
export class ConfiguredDrivers {
  readonly #options: ConfiguredDriversOptions;
  readonly #record: DriverRecord;
  /** As in the record. */
  readonly #current: string;

  private constructor(options: ConfiguredDriversOptions, record: DriverRecord) {
    const { driver, docker } = options.config;
    this.#options = options;
    this.#record = record;
    this.#current = driver === 'docker' ? DOCKER + docker.socketPath : driver;
  }

  static async open(options: ConfiguredDriversOptions): Promise<ConfiguredDrivers> {
    return new ConfiguredDrivers(options, await DriverRecord.read(options.runtimeDir));
  }

  /** Whether the one that is configured has run here before: there may be something left of it. */
  get hasRun(): boolean {
    return this.#record.drivers.includes(this.#current);
  }

  /** @throws Error when the machine lacks something for it. */
  async start(): Promise<ProxyDriver> {
    const { config, runtimeDir, log } = this.#options;
    const { driver, docker, poolSize } = config;
    await this.#record.add(this.#current);
    return driver === 'docker'
      ? await dockerDriver({ ...docker, runtimeDir, poolSize, log })
      : await processDriver({ runtimeDir, poolSize, log });
  }

  /** Removes what others have left that ran here before, and forgets those of which nothing is left. Never rejects. */
  async sweepAfterOthers(): Promise<void> {
    const { runtimeDir, log } = this.#options;
    for (const driver of this.#record.drivers) {
      if (driver === this.#current) continue;
      try {
        const isClean = driver.startsWith(DOCKER)
          ? await sweepAfterDocker({ socketPath: driver.slice(DOCKER.length), runtimeDir, log })
          : await sweepAfterProcesses({ runtimeDir, log });
        if (isClean) await this.#record.remove(driver);
      } catch (err) {
        log.warn({ err, driver }, 'Cannot remove what proxies of another driver have left: it will be tried again');
      }
    }
  }
}
