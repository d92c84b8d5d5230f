import type { Daemon } from '../daemon/daemon.ts';
import type { ChosenEngines } from '../engines/chosen-engines.ts';
import { watchEngineFile } from '../engines/watch-engine-file.ts';
import { printable } from '../printable.ts';

/** Uses what the file with engines says from now on. What was named for this run stays for this run. */
export function followEngineFile(
  directory: string,
  by: ChosenEngines['by'],
  daemon: Pick<Daemon, 'use'>,
): Disposable | undefined {
  if (by === 'option' || by === 'OLLAMA_HOST') return undefined;
  return watchEngineFile({
    directory,
    changed: (choice) => void daemon.use(choice),
    refused: (error) => console.error(printable((error as Error).message)), // as: thrown by the loading
  });
}
