import { execFile, spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import type { BridgeState } from '../../apps/bridge/src/daemon/daemon.ts';
import { until } from './test-stack.ts';

const run = promisify(execFile);
const ICONS = new URL('../../apps/bridge/assets/tray/', import.meta.url).pathname;
const STATES: readonly BridgeState[] = ['online', 'connecting', 'engine-down', 'offline'];
const ICON_PX = 32;
/** The panel: a grey bar at the bottom with nothing but the tray. */
const PANEL = `
background_color = #808080 100
rounded = 0
panel_items = S
panel_size = 100% 40
panel_position = bottom center horizontal
panel_background_id = 1
systray_padding = 4 4 4
systray_icon_size = ${ICON_PX}
systray_icon_asb = 100 0 0
`;
/** tint2 waits for a window manager: what one says of itself. */
const WINDOW_MANAGER = [
  ['_NET_SUPPORTING_WM_CHECK', '32x', '0x1'],
  ['_NET_NUMBER_OF_DESKTOPS', '32c', '1'],
  ['_NET_CURRENT_DESKTOP', '32c', '0'],
] as const;

/** A desktop of its own: X server, session bus, a panel with a tray, and a browser that notes what it was to open. */
export class TrayDesktop implements AsyncDisposable {
  /** For programs that run in it. */
  readonly env: NodeJS.ProcessEnv;
  readonly #directory: string;
  readonly #processes: ChildProcess[];
  /** What the browser was told to open is appended to it. */
  readonly openedFile: string;

  private constructor(directory: string, env: NodeJS.ProcessEnv, processes: ChildProcess[]) {
    this.#directory = directory;
    this.env = env;
    this.#processes = processes;
    this.openedFile = join(directory, 'opened.txt');
  }

  static async start(parent: string): Promise<TrayDesktop> {
    const directory = join(parent, 'desktop');
    await mkdir(directory, { mode: 0o700 });
    const processes: ChildProcess[] = [];
    const start = (program: string, args: readonly string[], stdio: StdioOptions, env = process.env): ChildProcess => {
      const child = spawn(program, args, { stdio, env });
      child.on('error', () => {}); // what waits for it says so
      processes.push(child);
      return child;
    };
    // Without -noreset the properties go with the first client.
    const display = start(
      'Xvfb',
      ['-displayfd', '3', '-screen', '0', '640x240x24', '-noreset', '-nolisten', 'tcp'],
      ['ignore', 'ignore', 'ignore', 'pipe'],
    );
    const bus = start('dbus-daemon', ['--session', '--nofork', '--print-address=1'], ['ignore', 'pipe', 'ignore']);
    const [number, address] = await Promise.all([firstLine(display.stdio[3]), firstLine(bus.stdout)]);
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      ...(await personalBrowser(directory)),
      DISPLAY: `:${number}`,
      WAYLAND_DISPLAY: '',
      DBUS_SESSION_BUS_ADDRESS: address,
      XDG_RUNTIME_DIR: directory,
      NO_AT_BRIDGE: '1',
    };
    const desktop = new TrayDesktop(directory, env, processes);
    await writeFile(join(directory, 'tint2rc'), PANEL);
    for (const state of STATES) {
      const scaled = ['-resize', `${ICON_PX}x${ICON_PX}`, '-background', '#808080', '-flatten'];
      await run('convert', [join(ICONS, `${state}.png`), ...scaled, join(directory, `${state}.png`)]);
    }
    start('tint2', ['-c', join(directory, 'tint2rc')], 'ignore', env);
    for (const [name, format, value] of WINDOW_MANAGER) {
      await run('xprop', ['-root', '-f', name, format, '-set', name, value], { env });
    }
    await until('the panel is there', 10_000, async () => /"tint2".* 640x40/.test(await desktop.windows()));
    return desktop;
  }

  /** The tree of windows, as xwininfo says it. */
  async windows(): Promise<string> {
    return (await run('xwininfo', ['-root', '-tree'], { env: this.env })).stdout;
  }

  /** Resolves when the tray shows the icon of this state: it is nearer to it than to the others, and nearly the same. */
  async untilShown(state: BridgeState): Promise<void> {
    let seen = '';
    await until(
      `the tray shows ${state}`,
      30_000,
      async () => (seen = (await this.shownState()) ?? 'none') === state,
    ).catch((error: unknown) => {
      throw new Error(`the tray shows ${seen}`, { cause: error });
    });
  }

  /** Which icon stands in the tray; undefined = none. */
  async shownState(): Promise<BridgeState | undefined> {
    const at = await this.#iconPlace();
    if (!at) return undefined;
    const shot = join(this.#directory, 'icon.png');
    const crop = `${ICON_PX}x${ICON_PX}+${at.x}+${at.y}`;
    await run('import', ['-window', 'root', '-crop', crop, '+repage', shot], { env: this.env });
    const distances = await Promise.all(STATES.map((state) => this.#distance(shot, state)));
    const least = Math.min(...distances);
    return least < MOST_DISTANCE ? STATES[distances.indexOf(least)] : undefined;
  }

  /** Opens the icon's menu by a click, as a person does, and presses the item so far below the first that can be pressed. */
  async choose(below: number): Promise<void> {
    const at = await this.#iconPlace();
    if (!at) throw new Error('there is no icon');
    // A closed menu keeps its window, out of sight; xdotool ends with 1 when it finds none.
    const visible = ['search', '--onlyvisible', '--class', 'Tray_linux_release'];
    const isOpen = (): Promise<boolean> =>
      run('xdotool', visible, { env: this.env }).then(
        ({ stdout }) => stdout.trim() !== '',
        () => false,
      );
    await run('xdotool', ['mousemove', String(at.x + ICON_PX / 2), String(at.y + ICON_PX / 2), 'click', '1'], {
      env: this.env,
    });
    await until('the menu is open', 10_000, isOpen);
    await run('xdotool', ['key', ...Array.from({ length: below + 1 }, () => 'Down'), 'Return'], { env: this.env });
    await until('the menu is closed', 10_000, async () => !(await isOpen()));
  }

  /** Keeps a picture of the whole desktop for a person to look at. */
  async screenshot(name: string): Promise<void> {
    const folder = join(tmpdir(), 'cloudtolocalllm-screenshots');
    await mkdir(folder, { recursive: true });
    await run('import', ['-window', 'root', join(folder, `${name}.png`)], { env: this.env });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#processes.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) continue;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
  }

  /** Of the icon's window within the panel. */
  async #iconPlace(): Promise<{ x: number; y: number } | undefined> {
    const line = new RegExp(`"systray".* ${ICON_PX}x${ICON_PX}\\+\\d+\\+\\d+ +\\+(\\d+)\\+(\\d+)`);
    const [, x, y] = line.exec(await this.windows()) ?? [];
    return x === undefined || y === undefined ? undefined : { x: Number(x), y: Number(y) };
  }

  /** 0 = the same, 1 = black against white. */
  async #distance(shot: string, state: BridgeState): Promise<number> {
    // It exits with 1 when they differ, and says how much on stderr.
    const said = await run('compare', ['-metric', 'RMSE', shot, join(this.#directory, `${state}.png`), 'null:']).then(
      ({ stderr }) => stderr,
      (error: unknown) => String((error as { stderr?: string }).stderr), // as: execFile's own
    );
    return Number(/\(([\d.e-]+)\)/.exec(said)?.[1] ?? Number.NaN);
  }
}

/** Scaling is not the same everywhere; two states are 0.15 apart at least. */
const MOST_DISTANCE = 0.1;

/** A person's own browser, which writes down what it is to open; as xdg-mime knows it, and by BROWSER where that is missing. */
async function personalBrowser(directory: string): Promise<NodeJS.ProcessEnv> {
  const program = join(directory, 'browser');
  const applications = join(directory, 'share', 'applications');
  await mkdir(applications, { recursive: true });
  await writeFile(program, `#!/bin/sh\nprintf '%s\\n' "$1" >> '${join(directory, 'opened.txt')}'\n`, { mode: 0o755 });
  const entry = ['[Desktop Entry]', 'Type=Application', 'Name=Browser', `Exec=${program} %u`, ''].join('\n');
  await writeFile(join(applications, 'own-browser.desktop'), entry);
  const schemes = ['[Default Applications]', 'x-scheme-handler/http=own-browser.desktop', ''].join('\n');
  await writeFile(join(directory, 'mimeapps.list'), schemes);
  return { XDG_CONFIG_HOME: directory, XDG_DATA_HOME: join(directory, 'share'), BROWSER: program };
}

/** The first line that a program writes there. */
async function firstLine(stream: unknown): Promise<string> {
  let text = '';
  // as: stdio has a stream where `pipe` was asked for
  for await (const chunk of stream as Readable) {
    text += String(chunk);
    const [line, rest] = text.split('\n');
    if (line !== undefined && rest !== undefined) return line.trim();
  }
  throw new Error(`a program of the desktop ended: ${text}`);
}
