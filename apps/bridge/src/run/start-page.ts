import { BridgeError } from '../bridge-error.ts';
import { fileTrouble } from '../cli/file-trouble.ts';
import type { BridgeLog } from '../log/bridge-log.ts';
import type { PageSource } from '../page/bridge-view.ts';
import { StatusPage } from '../page/status-page.ts';

export interface StartPageOptions {
  directory: string;
  port: number;
  source: PageSource;
  log: Pick<BridgeLog, 'error'>;
}

/** The status page; without it everything else works: a port that is taken is no reason to stay offline. */
export async function startPage({ log, ...options }: StartPageOptions): Promise<StatusPage | undefined> {
  try {
    return await StatusPage.start({ ...options, fault: (error) => log.error('the status page has a fault', error) });
  } catch (error) {
    const { message } = error as Error; // as: nothing else is thrown
    const isSaid = error instanceof BridgeError;
    console.error(isSaid ? message : `There is no status page: ${fileTrouble(error) ?? message}`);
    return undefined;
  }
}
