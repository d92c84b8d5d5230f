import { BridgeError } from '../bridge-error.ts';
import { callBridge } from '../page/page-client.ts';
import { readPageFile } from '../page/page-file.ts';

/**
 * Throws BridgeError when a bridge of this profile is up. The relay would take the newer one, and the older one, perhaps
 * the service that was to be forgotten about, would end for good.
 */
export async function refuseSecond(directory: string): Promise<void> {
  const page = readPageFile(directory);
  if (!page || page.pid === process.pid) return;
  // Asked, not only looked up: after a crash its process id may be another program's, and one that hangs is no use.
  const isUp = await callBridge(page, 'GET', '/api/state').then(
    () => true,
    () => false,
  );
  if (!isUp) return;
  throw new BridgeError(
    'failed',
    `A bridge is up here already (process ${page.pid}): cloudtolocalllm status says how it is. To start it anew, end that one first: Ctrl-C where it runs, or cloudtolocalllm service stop.`,
  );
}
