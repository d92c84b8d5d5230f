import { watch, type FSWatcher } from 'node:fs';
import { ENGINE_FILE, loadEngineFile } from './engine-file.ts';
import type { EngineChoice } from './engine-settings.ts';

/** An editor writes a file in several steps. */
const SETTLE_MS = 150;

export interface EngineFileWatch {
  directory: string;
  /** It says something else now, or is gone. */
  changed(choice: EngineChoice): void;
  /** It is wrong, with line and reason: what was there before stays. */
  refused(error: unknown): void;
}

/** Tells when the file with the engines has changed. It costs nothing while nothing changes. */
export function watchEngineFile({ directory, changed, refused }: EngineFileWatch): Disposable {
  let timer: NodeJS.Timeout | undefined;
  const load = (): void => {
    loadEngineFile(directory).then((choice) => changed(choice ?? { engines: [], discover: true }), refused);
  };
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(directory, { persistent: false }, (_event, name) => {
      if (name !== null && name !== ENGINE_FILE) return;
      clearTimeout(timer);
      timer = setTimeout(load, SETTLE_MS);
    });
    watcher.on('error', refused);
  } catch (error) {
    refused(error); // no more watches on this system: a new start reads the file
  }
  return {
    [Symbol.dispose]() {
      clearTimeout(timer);
      watcher?.close();
    },
  };
}
