import type { Activity } from '../daemon/activity.ts';
import type { BridgeLog } from '../log/bridge-log.ts';
import type { LivePolicy } from '../policy/live-policy.ts';
import { requestLine } from '../policy/request-log.ts';

/** Writes a line for each request that is over and that the policy wants one for. */
export function logRequests(
  activity: Pick<Activity, 'onEnded'>,
  policy: Pick<LivePolicy, 'report'>,
  log: Pick<BridgeLog, 'limited'>,
): void {
  activity.onEnded((record) => {
    const line = requestLine(record, policy.report.settings.log.requests);
    if (line === undefined) return;
    console.log(line);
    log.limited('request', 'info', line);
  });
}
