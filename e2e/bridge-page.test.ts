import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { BridgeView } from '../apps/bridge/src/page/bridge-view.ts';
import { callBridge } from '../apps/bridge/src/page/page-client.ts';
import { readPageFile, type PageFile } from '../apps/bridge/src/page/page-file.ts';
import { SENTENCE } from '../dev/engine/write-model.ts';
import { violations } from './support/accessibility.ts';
import { launchBrowser, screenshot } from './support/browser.ts';
import { runBridge } from './support/run-bridge.ts';
import { TestStack, until } from './support/test-stack.ts';
import { smallTargets } from './support/touch-targets.ts';

const MAIN = new URL('../apps/bridge/src/main.ts', import.meta.url).pathname;
/** Asked so that it would be found anywhere. */
const QUESTION = 'Where is the zebra-crossing-4711?';

describe('the status page of the bridge', () => {
  let stack: TestStack;
  let home: string;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let link: string;
  const consoleErrors: string[] = [];
  before(async () => {
    [stack, browser] = await Promise.all([
      TestStack.start({ engineArgs: ['--tokens-per-second', '25'] }),
      launchBrowser(),
    ]);
    home = join(stack.stack.dataDir, 'bridge');
    context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    page = await context.newPage();
    page.on('console', (message) => message.type() === 'error' && consoleErrors.push(message.text()));
    page.on('pageerror', (error) => consoleErrors.push(error.message));
  });
  after(async () => {
    await browser?.close();
    await stack?.[Symbol.asyncDispose]();
  });

  const running = (): PageFile => {
    const file = readPageFile(home);
    assert.ok(file, 'the bridge has written where its page is');
    return file;
  };
  // as: the API's own type
  const view = async (): Promise<BridgeView> => (await callBridge(running(), 'GET', '/api/state')) as BridgeView;
  const heading = (name: string) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
  const pauseSwitch = () => page.getByRole('switch', { name: 'Pause' });

  it('is opened by a command with a link that holds no token', async () => {
    const opened = join(stack.stack.dataDir, 'opened.txt');
    const program = join(stack.stack.dataDir, 'a-browser');
    await writeFile(program, `#!/bin/sh\nprintf '%s' "$1" > '${opened}'\n`);
    await chmod(program, 0o755);
    const env = { ...process.env, CLOUDTOLOCALLLM_HOME: home, BROWSER: program, DISPLAY: '', WAYLAND_DISPLAY: '' };
    const { stdout } = await promisify(execFile)(process.execPath, [MAIN, 'status', '--open'], { env });
    link = /http:\S+/.exec(stdout)?.[0] ?? '';
    assert.match(link, /^http:\/\/127\.0\.0\.1:\d+\/#code=[\w-]+$/);
    const { token } = running();
    assert.ok(!stdout.includes(token), 'the token is not told');
    await until('the browser was started with the link', 10_000, async () => (await readFile(opened, 'utf8')) === link);
  });

  it('shows the computer, its engine and its policy, and forgets the link', async () => {
    await page.goto(link);
    await heading('Online');
    assert.equal(page.url(), `http://127.0.0.1:${running().port}/`);
    const text = await page.locator('main').innerText();
    for (const words of [stack.stack.publicUrl, 'Demo engine', 'tiny-demo:latest', 'models are only used and listed'])
      assert.ok(text.includes(words), `${words} in ${text}`);
    await page.reload();
    await heading('Online');
    const stranger = await context.newPage();
    await stranger.goto(link);
    await stranger.getByRole('heading', { level: 1, name: 'Not opened' }).waitFor();
    await stranger.getByText('This link was used already').waitFor();
    await stranger.close();
  });

  it('shows a request while it runs and when it has ended, and nothing of what was said', async () => {
    const conversation = await stack.client.conversations.create({ model: 'tiny-demo' });
    const answer = (async () => {
      let text = '';
      for await (const event of stack.client.messages.send(conversation.id, QUESTION)) {
        if (event.type === 'chunk') text += event.content;
      }
      return text;
    })();
    const now = page.getByRole('region', { name: 'Now' });
    await now.getByText(/≈ [\d.]+ tokens\/s/).waitFor();
    assert.equal(await answer, SENTENCE);
    const lately = page.getByRole('region', { name: 'Lately' });
    await lately.getByText('POST /api/chat').first().waitFor();
    const entry = lately.getByRole('listitem').filter({ hasText: 'POST /api/chat' }).last();
    assert.match(await entry.innerText(), /tiny-demo[^]*· [\d.]+ tokens\/s[^]*done/);
    await now.getByText('No request runs.').waitFor();
    const shown = JSON.stringify(await view()) + (await page.content());
    assert.ok(!shown.includes('zebra'), 'no question');
    assert.ok(!shown.includes(SENTENCE.slice(0, 20)), 'no answer');
  });

  it('can be read by everyone, in both themes, on a wide screen and on a narrow one', async () => {
    for (const [name, width, colorScheme] of [
      ['wide-light', 1280, 'light'],
      ['narrow-dark', 390, 'dark'],
      ['narrowest-light', 320, 'light'],
    ] as const) {
      await page.setViewportSize({ width, height: 900 });
      assert.deepEqual(await violations(page), []);
      assert.deepEqual(await smallTargets(page), []);
      await page.emulateMedia({ colorScheme });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${overflow} px too wide at ${width}`);
      await screenshot(page, `bridge-page-${name}`);
    }
  });

  it('pauses by the keyboard: the answer that runs is finished, then the relay sees the computer offline', async () => {
    const conversation = await stack.client.conversations.create({ model: 'tiny-demo' });
    const begun = Promise.withResolvers<void>();
    const answer = (async () => {
      let text = '';
      for await (const event of stack.client.messages.send(conversation.id, 'Hello?')) {
        if (event.type === 'chunk') text += event.content;
        begun.resolve();
      }
      return text;
    })();
    await begun.promise;
    await pauseSwitch().focus();
    await page.keyboard.press('Space');
    await page.getByText('finishing what runs').waitFor();
    assert.equal(await pauseSwitch().getAttribute('aria-checked'), 'true');
    const refused = await fetch(`${stack.stack.url}/ollama/api/tags`, { headers: stack.authorization });
    assert.equal(refused.status, 503);
    assert.equal(await answer, SENTENCE);
    await stack.untilBridge({ status: 'disconnected' });
    await heading('Paused');
    await page.getByText(/^paused by you since \d\d:\d\d$/).waitFor();
    await screenshot(page, 'bridge-page-paused');
    assert.deepEqual(await violations(page), []);
  });

  it('is paused and resumed from a terminal, too', async () => {
    const resumed = await runBridge(home, ['resume']);
    assert.deepEqual([resumed.code, resumed.stdout], [0, 'Not paused.\n']);
    await heading('Online');
    const paused = await runBridge(home, ['pause', '--json']);
    assert.deepEqual([paused.code, JSON.parse(paused.stdout)], [0, { paused: true }]);
    await heading('Paused');
    const nobody = await runBridge(join(home, 'nobody'), ['pause']);
    assert.equal(nobody.code, 8);
    assert.match(nobody.stderr, /^Cannot pause: no bridge is running here/);
  });

  it('stays paused when the bridge is started again, and the relay keeps what is asked', async () => {
    const bridgeId = await stack.bridgeId();
    const sent = await stack.client.queue.send(bridgeId, {
      model: 'tiny-demo',
      messages: [{ role: 'user', content: 'Hello?' }],
    });
    assert.equal(sent.status, 'queued');
    const before = running().pid;
    await stack.stack.bridge?.stop();
    await heading('Not running');
    assert.equal(readPageFile(home), undefined);
    const started = stack.stack.startBridge(); // resolves when it is online
    await until('the new bridge has its page', 20_000, () => (readPageFile(home)?.pid ?? before) !== before);
    await until('it says that it is paused', 20_000, async () => (await view()).state === 'offline');
    assert.match((await view()).detail, /^paused by you since/);
    assert.equal((await stack.client.bridges.list())[0]?.status, 'disconnected');
    const { code } = (await callBridge(running(), 'POST', '/api/code')) as { code: string }; // as documented
    await page.goto(`http://localhost:${running().port}/#code=${code}`);
    await heading('Paused');
    await pauseSwitch().click();
    await heading('Online');
    await started;
    await stack.untilBridge({ status: 'connected' });
    await until('the question is answered', 30_000, async () => {
      const { status, result } = await stack.client.queue.get(bridgeId, sent.messageId);
      return status === 'complete' && result?.content === SENTENCE;
    });
  });

  it('says that the engine is gone, and when it is back', async () => {
    await stack.stack.engine.child?.stop();
    // The bridge looks at its engine when a request finds it gone.
    const refused = await fetch(`${stack.stack.url}/ollama/api/tags`, { headers: stack.authorization });
    assert.equal(refused.status, 502);
    await heading('No engine');
    await page.getByText('the engine did not answer').first().waitFor();
    await page
      .getByRole('region', { name: 'Errors' })
      .getByText(/no engine answers/)
      .waitFor();
    await stack.stack.restartEngine();
    await heading('Online');
  });

  it('has told no log its token, and no page an error of its own', async () => {
    const { token } = running();
    for (const [file, text] of Object.entries(await stack.logs())) assert.ok(!text.includes(token), file);
    // The browser's own words on answers that are refused, or do not come.
    assert.deepEqual(
      consoleErrors.filter((text) => !/Failed to load resource|ERR_/.test(text)),
      [],
    );
  });
});
