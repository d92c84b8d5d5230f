import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';
import { printable } from '../printable.ts';
import type { TrayMenu } from './tray-menu.ts';

/** Of a line; the program echoes an item, some hundred bytes. */
const MAX_LINE_CHARACTERS = 16 * 1024;
/** Lines within so many ms: a person presses less often, so it has gone mad. */
const MAX_LINES = 50;
const LINES_MS = 10_000;
const STOP_MS = 1_000;

const line = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('clicked'), __id: z.int() }),
]);

export interface TrayIconOptions {
  /** systray2's program, as `trayProgram` has made it ready. */
  path: string;
  env: NodeJS.ProcessEnv;
  menu: TrayMenu;
  clicked(id: TrayMenu['items'][number]['id']): void;
}

/** How the program ended; `wasShown`: it had said that it is ready. */
export interface TrayEnd {
  wasShown: boolean;
  reason: string;
}

/**
 * The icon: systray2's program, spoken to in its own protocol, JSON lines. Its JavaScript is not used: that changes the mode of
 * files in node_modules, takes no environment and ends with what the program says wrongly.
 */
export class TrayIcon implements Disposable {
  /** Resolves when the program has ended, for whatever reason; never rejects. */
  readonly ended: Promise<TrayEnd>;
  readonly #options: TrayIconOptions;
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  #menu: TrayMenu;
  #isReady = false;
  #hasRaved = false;
  #trouble = '';
  #lines = 0;

  constructor(options: TrayIconOptions) {
    this.#options = options;
    this.#menu = options.menu;
    this.#process = spawn(options.path, [], { env: options.env, stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true });
    this.#process.stdin.on('error', () => {}); // it ended: `ended` says so
    this.#process.stderr.on('data', (chunk: Buffer) => (this.#trouble = chunk.toString().slice(0, 300)));
    const lines = createInterface({ input: this.#process.stdout });
    lines.on('line', (text) => this.#heard(text));
    const calm = setInterval(() => (this.#lines = 0), LINES_MS).unref();
    this.ended = new Promise((resolve) => {
      const end = (reason: string): void => {
        clearInterval(calm);
        resolve({ wasShown: this.#isReady, reason });
      };
      this.#process.on('error', (error) => end(error.message));
      this.#process.on('close', (code, signal) => end(this.#reason(code, signal)));
    });
  }

  /** Shows what has changed. */
  update(menu: TrayMenu): void {
    const before = this.#menu;
    this.#menu = menu;
    if (!this.#isReady) return; // the whole of it is shown then
    if (menu.icon !== before.icon || menu.tooltip !== before.tooltip) {
      this.#send({ type: 'update-menu', menu: { ...shell(menu), items: [] } });
    }
    for (const [index, item] of menu.items.entries()) {
      if (JSON.stringify(item) === JSON.stringify(before.items[index])) continue;
      this.#send({ type: 'update-item', item: wireItem(item, index), seq_id: -1 });
    }
  }

  [Symbol.dispose](): void {
    this.#send({ type: 'exit' });
    this.#process.stdin.end();
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), STOP_MS);
    void this.ended.then(() => clearTimeout(timer));
  }

  #heard(text: string): void {
    if (++this.#lines > MAX_LINES || text.length > MAX_LINE_CHARACTERS) {
      this.#hasRaved = true;
      return void this.#process.kill('SIGKILL');
    }
    const said = line.safeParse(parsed(text));
    if (!said.success) return;
    if (said.data.type === 'clicked') {
      const item = this.#menu.items[said.data['__id'] - 1];
      if (item?.isEnabled) this.#options.clicked(item.id);
    } else if (!this.#isReady) {
      this.#isReady = true;
      this.#send({ ...shell(this.#menu), items: this.#menu.items.map(wireItem) });
    }
  }

  #reason(code: number | null, signal: string | null): string {
    if (this.#hasRaved) return 'it said too much';
    // Toolkits complain all the time: of a program that was killed that is not why.
    const words = signal === null ? printable(this.#trouble.trim().split('\n').at(-1) ?? '') : '';
    return words || `it ended with ${signal ?? code}`;
  }

  #send(message: object): void {
    if (this.#process.stdin.writable) this.#process.stdin.write(`${JSON.stringify(message)}\n`);
  }
}

function shell({ icon, tooltip }: TrayMenu): object {
  return { icon, title: '', tooltip, isTemplateIcon: false };
}

function wireItem(item: TrayMenu['items'][number], index: number): object {
  const { title, tooltip, isEnabled } = item;
  return { title, tooltip, enabled: isEnabled, checked: false, hidden: false, __id: index + 1 };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
