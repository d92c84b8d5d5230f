import { watch } from 'node:fs';
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
  const watcher = watch(directory, { persistent: false }, (_event, name) => {
    if (name !== null && name !== ENGINE_FILE) return;
    clearTimeout(timer);
    timer = setTimeout(load, SETTLE_MS);
  });
  watcher.on('error', refused);
  return {
    [Symbol.dispose]() {
      clearTimeout(timer);
      watcher.close();
    },
  };
}
