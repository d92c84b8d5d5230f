import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readPageFile } from '../apps/bridge/src/page/page-file.ts';
import { Child } from '../dev/src/child.ts';
import { missingDesktop } from '../scripts/prerequisites.ts';
import { TestStack, until } from './support/test-stack.ts';
import { TrayDesktop } from './support/tray-desktop.ts';

const MAIN = new URL('../apps/bridge/src/main.ts', import.meta.url).pathname;
/** Down from the first line of the menu that can be pressed. */
const PAUSE = 0;
const CHAT = 1;
const STATUS = 2;
const QUIT = 3;

const missing = process.platform === 'linux' && process.arch === 'x64' ? missingDesktop() : ['a Linux desktop on x64'];
const skip = missing.length > 0 && `THE TRAY IS NOT TESTED HERE: install ${missing.join(', ')}`;

describe('the tray', { skip }, () => {
  let stack: TestStack;
  let desktop: TrayDesktop;
  let home: string;
  let tray: Child;
  before(async () => {
    stack = await TestStack.start();
    home = join(stack.stack.dataDir, 'bridge');
    desktop = await TrayDesktop.start(stack.stack.dataDir);
    tray = startTray();
  });
  after(async () => {
    await tray?.stop();
    await desktop?.[Symbol.asyncDispose]();
    await stack?.[Symbol.asyncDispose]();
  });

  function startTray(): Child {
    const env = { ...desktop.env, CLOUDTOLOCALLLM_HOME: home };
    return new Child({ args: [MAIN, 'tray'], env, logFile: join(stack.stack.dataDir, 'logs', 'tray.log') });
  }

  /** What the browser was asked to open last. */
  async function opened(pattern: RegExp): Promise<string> {
    let last = '';
    await until(`the browser opens ${pattern}`, 10_000, async () => {
      last = (await readFile(desktop.openedFile, 'utf8')).trim().split('\n').at(-1) ?? '';
      return pattern.test(last);
    });
    return last;
  }

  /** Processes whose parent is the tray's. */
  async function icons(): Promise<number[]> {
    const parent = tray.process.pid;
    const found: number[] = [];
    for (const name of await readdir('/proc')) {
      const text = /^\d+$/.test(name) ? await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '') : '';
      const [state, ppid] = text.slice(text.lastIndexOf(')') + 2).split(' ');
      if (Number(ppid) === parent && state !== 'Z') found.push(Number(name));
    }
    return found;
  }

  it('says in one sentence what is missing where it can not be shown', async () => {
    const env = { ...desktop.env, CLOUDTOLOCALLLM_HOME: home, DISPLAY: '' };
    const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
      execFile(process.execPath, [MAIN, 'tray'], { env }, (error, _stdout, said) =>
        resolve({ code: error?.code, stderr: said }),
      );
    });
    assert.equal(code, 1);
    assert.match(stderr, /^Cannot show the icon: there is no desktop here .*\n$/);
  });

  it('shows that the computer is online, with a program of its own that only its person may run', async () => {
    await desktop.untilShown('online');
    await desktop.screenshot('bridge-tray-online');
    const program = await stat(join(home, 'tray', 'tray_linux_release'));
    assert.equal(program.mode & 0o777, 0o700);
    const packaged = await stat(new URL('../node_modules/systray2/traybin/tray_linux_release', import.meta.url));
    assert.equal(packaged.mode & 0o111, 0, 'what npm has installed is as it was');
  });

  it('pauses and resumes by its menu', async () => {
    await desktop.choose(PAUSE);
    await stack.untilBridge({ status: 'disconnected' });
    await desktop.untilShown('offline');
    await desktop.choose(PAUSE); // says Resume now
    await stack.untilBridge({ status: 'connected' });
    await desktop.untilShown('online');
  });

  it('opens the chat, and the status page by a link without a token', async () => {
    await desktop.choose(CHAT);
    await opened(/^http:\/\/localhost:\d+\/?$/);
    await desktop.choose(STATUS);
    const link = await opened(/#code=/);
    const { port, token } = readPageFile(home)!; // the bridge runs
    assert.ok(link.startsWith(`http://127.0.0.1:${port}/#code=`), link);
    assert.ok(!link.includes(token));
  });

  it('shows that the engine is gone, and when it is back', async () => {
    await stack.stack.engine.child?.stop();
    // The bridge looks at its engine when a request finds it gone.
    await fetch(`${stack.stack.url}/ollama/api/tags`, { headers: stack.authorization });
    await desktop.untilShown('engine-down');
    await desktop.screenshot('bridge-tray-engine-down');
    await stack.stack.restartEngine();
    await desktop.untilShown('online');
  });

  it('shows that the relay is gone, and that the bridge asks for it', async () => {
    await stack.stack.relay.stop();
    await desktop.untilShown('offline');
    // At its address is somebody who says nothing.
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => void sockets.add(socket.on('error', () => {})));
    await once(silent.listen(Number(new URL(stack.stack.url).port), 'localhost'), 'listening');
    await desktop.untilShown('connecting');
    await desktop.screenshot('bridge-tray-connecting');
    silent.close();
    for (const socket of sockets) socket.destroy();
  });

  it('outlives the bridge, and knows it again', async () => {
    // Both at once: a bridge that was left alone waits for a while before it asks for its relay again.
    await Promise.all([stack.stack.bridge?.stop(), stack.stack.startRelay()]);
    await desktop.untilShown('offline');
    assert.equal(readPageFile(home), undefined);
    await desktop.screenshot('bridge-tray-not-running');
    await stack.stack.startBridge();
    await desktop.untilShown('online');
  });

  it('shows its icon again when the program that draws it is killed', async () => {
    const [before] = await icons();
    assert.ok(before !== undefined);
    process.kill(before, 'SIGKILL');
    await until('another program draws it', 15_000, async () => {
      const [now] = await icons();
      return now !== undefined && now !== before;
    });
    await desktop.untilShown('online');
    assert.match(tray.tail, /^The icon is shown again: its program ended \(it ended with SIGKILL\)$/m);
  });

  it('ends when its person quits, and the bridge goes on', async () => {
    await desktop.choose(QUIT);
    await until('the tray has ended', 10_000, () => !tray.running);
    assert.equal(tray.process.exitCode, 0);
    await until('the icon is gone', 10_000, async () => (await desktop.shownState()) === undefined);
    assert.equal((await stack.client.bridges.list())[0]?.status, 'connected');
  });

  it('comes with the bridge when it is asked to, and goes with it', async () => {
    await stack.stack.bridge?.stop();
    const folder = join(stack.stack.dataDir, 'logs');
    await mkdir(folder, { recursive: true });
    const env = { ...desktop.env, CLOUDTOLOCALLLM_HOME: home, NO_COLOR: '1' };
    const args = [MAIN, 'up', '--tray', '--engine-url', stack.stack.engine.url.origin];
    const bridge = new Child({ args, env, logFile: join(folder, 'bridge-with-tray.log') });
    try {
      await desktop.untilShown('online');
    } finally {
      await bridge.stop();
    }
    await until('the icon is gone', 10_000, async () => (await desktop.shownState()) === undefined);
    assert.equal(bridge.process.exitCode, 0);
  });
});
