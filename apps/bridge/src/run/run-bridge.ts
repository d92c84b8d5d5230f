import type { BridgeConfig } from '../config.ts';
import { BridgeLog } from '../log/bridge-log.ts';
import { endOfService } from '../service/end-of-service.ts';
import { VERSION } from '../version.ts';
import { connectBridge, type ConnectOptions } from './connect-bridge.ts';
import { refuseSecond } from './refuse-second.ts';

export interface RunOptions extends ConnectOptions {
  /** Started by the system's service manager. */
  service?: boolean;
}

/** Connects this computer and stays until a signal; keeps a log of it. Throws BridgeError. */
export async function runBridge(config: BridgeConfig, options: RunOptions): Promise<void> {
  const { directory } = config;
  if (!options.service) await refuseSecond(directory);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  await using log = new BridgeLog({
    directory,
    trouble: (error) => console.error(`Cannot write the log for "logs": ${error.message}`),
  });
  process.on('uncaughtExceptionMonitor', (error) => log.crash(error));
  log.info(`started: version ${VERSION}, process ${process.pid}${options.service ? ', as a service' : ''}`);
  try {
    await connectBridge(config, options, log, stop.signal);
    log.info('stopped');
  } catch (error) {
    log.error('ended', error);
    if (!options.service) throw error;
    await endOfService(error, { directory, platform: process.platform, signal: stop.signal });
  }
}
