import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { DockerApi } from './docker-api.ts';

/** Docker refuses while it is busy with it, such as when it has not heard yet that its process is gone. */
const ATTEMPTS = 5;
const RETRY_MS = 200;

export interface DockerRemoval {
  api: Pick<DockerApi, 'removeContainer'>;
  log: Pick<Logger, 'warn'>;
  pause?: () => Promise<unknown>;
}

/** Ends a worker's container and removes it. One that Docker will not remove is logged, and left to the next sweep. */
export async function removeWorker(
  id: string,
  { api, log, pause = () => sleep(RETRY_MS) }: DockerRemoval,
): Promise<void> {
  for (let left = ATTEMPTS - 1; ; left--) {
    try {
      await api.removeContainer(id);
      return;
    } catch (err) {
      if (left === 0) {
        log.warn(
          { err, container: id },
          'A container of a proxy is left behind: the next sweep tries again to remove it',
        );
        return;
      }
    }
    await pause();
  }
}
