import { setTimeout as wait } from 'node:timers/promises';
import { readAsset } from '../assets.ts';
import { BridgeError } from '../bridge-error.ts';
import type { BridgeState } from '../daemon/daemon.ts';
import type { BridgeView } from '../page/bridge-view.ts';
import { openInBrowser } from '../page/open-page.ts';
import { callBridge, openingLink } from '../page/page-client.ts';
import { readPageFile } from '../page/page-file.ts';
import { followBridge } from './follow-bridge.ts';
import { TrayIcon } from './tray-icon.ts';
import { trayMenu, type TrayAction } from './tray-menu.ts';
import { trayProgram, type TrayProgram } from './tray-program.ts';

/** An icon that ends is shown again, this often in a row, after 1, 2, 4… seconds; one that stayed this long was well. */
const MAX_RESTARTS = 4;
const FIRST_WAIT_MS = 1_000;
const WELL_MS = 60_000;

export interface TrayOptions {
  /** Of the profile whose bridge is shown. */
  directory: string;
  environment: NodeJS.ProcessEnv;
  /** What went wrong, for the person at the terminal. */
  say(text: string): void;
  /** Opens a page in the browser. */
  open?(address: string): Promise<void>;
}

/** Shows the icon until its person quits or the signal. Throws BridgeError when it can't be shown. */
export async function runTray(options: TrayOptions, signal: AbortSignal): Promise<void> {
  const program = await trayProgram(options);
  await new Tray(options, program, readIcons()).run(signal);
}

class Tray {
  readonly #options: TrayOptions;
  readonly #program: TrayProgram;
  readonly #icons: Record<BridgeState, string>;
  readonly #quit = new AbortController();
  #icon: TrayIcon | undefined;
  #view: BridgeView | undefined;

  constructor(options: TrayOptions, program: TrayProgram, icons: Record<BridgeState, string>) {
    this.#options = options;
    this.#program = program;
    this.#icons = icons;
  }

  async run(signal: AbortSignal): Promise<void> {
    const quit = (): void => this.#quit.abort();
    signal.addEventListener('abort', quit, { once: true });
    if (signal.aborted) quit();
    const told = (view: BridgeView | undefined): void => {
      this.#view = view;
      this.#icon?.update(trayMenu(view, this.#icons));
    };
    const following = followBridge(this.#options.directory, told, this.#quit.signal);
    try {
      await this.#keepShowing();
    } finally {
      quit();
      signal.removeEventListener('abort', quit);
      await following;
    }
  }

  /** Throws BridgeError when the icon does not stay. */
  async #keepShowing(): Promise<void> {
    const { signal } = this.#quit;
    let restarts = 0;
    while (!signal.aborted) {
      const since = performance.now();
      const { wasShown, reason } = await this.#show(signal);
      if (signal.aborted) return;
      if (performance.now() - since > WELL_MS) restarts = 0;
      if (!wasShown || restarts >= MAX_RESTARTS) {
        throw new BridgeError('failed', `Cannot show the icon: its program ended (${reason})`);
      }
      this.#options.say(`The icon is shown again: its program ended (${reason})`);
      await wait(FIRST_WAIT_MS * 2 ** restarts++, undefined, { signal }).catch(() => {});
    }
  }

  async #show(signal: AbortSignal): Promise<{ wasShown: boolean; reason: string }> {
    const { path, env } = this.#program;
    using icon = new TrayIcon({
      path,
      env,
      menu: trayMenu(this.#view, this.#icons),
      clicked: (id) => void this.#act(id),
    });
    this.#icon = icon;
    const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    const end = await Promise.race([icon.ended, stopped]);
    this.#icon = undefined;
    return end ?? { wasShown: true, reason: '' };
  }

  async #act(id: TrayAction | 'none'): Promise<void> {
    const { directory, open = openInBrowser, say } = this.#options;
    try {
      const page = readPageFile(directory);
      if (id === 'quit') this.#quit.abort();
      else if (id === 'status') await open(await openingLink(directory));
      else if (id === 'chat' && this.#view) await open(this.#view.relay);
      else if ((id === 'pause' || id === 'resume') && page) await callBridge(page, 'POST', `/api/${id}`);
    } catch (error) {
      say(error instanceof BridgeError ? error.message : 'The bridge did not answer. Try again.');
    }
  }
}

function readIcons(): Record<BridgeState, string> {
  const kind = process.platform === 'win32' ? 'ico' : 'png';
  const icon = (state: BridgeState): string => readAsset(`tray/${state}.${kind}`).toString('base64');
  return {
    online: icon('online'),
    connecting: icon('connecting'),
    'engine-down': icon('engine-down'),
    offline: icon('offline'),
  };
}
