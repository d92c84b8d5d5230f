import type { BridgeLog } from '../log/bridge-log.ts';
import type { DaemonOptions } from '../daemon/daemon.ts';
import type { LivePolicy } from '../policy/live-policy.ts';
import { logExchange } from '../policy/log-exchange.ts';
import { requestLine } from '../policy/request-log.ts';

/** Writes a line for each request that the policy wants one for. */
export function requestLogger(
  policy: Pick<LivePolicy, 'report'>,
  log: Pick<BridgeLog, 'limited'>,
): NonNullable<DaemonOptions['observe']> {
  return (request, exchange, accept) => {
    const { requests } = policy.report.settings.log;
    if (requests === 'none') return accept(exchange);
    return logExchange(request, exchange, accept, (record) => {
      const line = requestLine(record, requests);
      if (line === undefined) return;
      console.log(line);
      log.limited('request', 'info', line);
    });
  };
}
