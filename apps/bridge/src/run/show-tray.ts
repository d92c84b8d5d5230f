import type { BridgeConfig } from '../config.ts';

/** Shows the tray's icon until it is disposed of; without one everything else works. */
export function showTray({ directory, environment }: BridgeConfig): Disposable {
  const stop = new AbortController();
  const say = (text: string): void => console.error(text);
  // Loaded here: most bridges have no icon.
  import('../tray/run-tray.ts')
    .then(({ runTray }) => runTray({ directory, environment, say }, stop.signal))
    .catch((error: Error) => say(error.message));
  return { [Symbol.dispose]: () => stop.abort() };
}
