import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { SENTENCE } from '../dev/engine/write-model.ts';
import { Child } from '../dev/src/child.ts';
import { launchBrowser, screenshot } from './support/browser.ts';
import { TestStack, until } from './support/test-stack.ts';

const BRIDGE_MAIN = new URL('../apps/bridge/src/main.ts', import.meta.url).pathname;

describe('the first minute', () => {
  let stack: TestStack;
  let browser: Browser;
  let page: Page;
  let downloads = '';
  const bridges: Child[] = [];
  const problems: string[] = [];
  before(async () => {
    downloads = await mkdtemp(join(tmpdir(), 'c2l-downloads-'));
    // Only its name is of interest here: bridge-packages-*.test.ts install real ones.
    await writeFile(join(downloads, 'cloudtolocalllm-0.1.0.tgz'), '');
    await writeFile(join(downloads, 'cloudtolocalllm_0.1.0_amd64.deb'), '');
    stack = await TestStack.start({
      web: true,
      bridge: false,
      engineArgs: ['--tokens-per-second', '100'],
      relayEnv: { DOWNLOADS_DIR: downloads },
    });
    browser = await launchBrowser();
    page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  });
  after(async () => {
    // Whatever was not started must not keep the rest alive.
    await browser?.close();
    for (const bridge of bridges) await bridge.stop();
    await stack?.[Symbol.asyncDispose]();
    await rm(downloads, { recursive: true, force: true });
  });

  /** The bridge's own command, as a person types it on their computer. */
  function runBridge(name: string, ...args: string[]): Child {
    const { dataDir } = stack.stack;
    const env = { ...process.env, CLOUDTOLOCALLLM_HOME: join(dataDir, 'my-computer'), NO_COLOR: '1' };
    const bridge = new Child({ args: [BRIDGE_MAIN, ...args], env, logFile: join(dataDir, 'logs', `${name}.log`) });
    bridges.push(bridge);
    return bridge;
  }
  const way = (part: string) => page.getByRole('listitem').filter({ hasText: part }).last();

  it('shows whoever signs in without a computer the command for their system', async () => {
    await page.goto(stack.stack.url);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel('Password', { exact: true }).fill(stack.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Connect a computer' }).waitFor();
    assert.equal(new URL(page.url()).pathname, '/welcome');
    await page.getByText('Waiting for a computer to appear…').waitFor();
    const { url } = stack.stack;
    await page.getByText(`npm install -g ${url}/download/cloudtolocalllm-0.1.0.tgz`).waitFor();
    const deb = page.getByRole('link', { name: 'cloudtolocalllm_0.1.0_amd64.deb' });
    assert.equal(await deb.getAttribute('href'), `${url}/download/cloudtolocalllm_0.1.0_amd64.deb`);
    const login = `cloudtolocalllm login --relay ${url}`;
    await page.getByText(`${login} && cloudtolocalllm up`).waitFor();
    await page.getByLabel('Name of the computer').fill('Studio PC');
    await page.getByText(`${login} && cloudtolocalllm up --name "Studio PC"`).waitFor();
    await page.getByText('cloudtolocalllm service install').waitFor();
    await screenshot(page, 'guide');
    await page.getByRole('tab', { name: 'Windows' }).click();
    await page.getByText('cloudtolocalllm.cmd up --name "Studio PC"').waitFor();
  });

  it('can be skipped, stays away, and is found again', async () => {
    await page.getByRole('button', { name: 'Skip for now' }).click();
    await page.getByRole('textbox', { name: 'Message' }).waitFor();
    await until('the account knows', 5_000, async () => (await stack.client.account.settings()).guideDone);
    await page.reload();
    await page.getByRole('main').getByText('No computer connected yet').waitFor();
    assert.equal(new URL(page.url()).pathname, '/');
    await page.getByRole('main').getByRole('link', { name: 'Connect a computer' }).click();
    await page.getByText('Waiting for a computer to appear…').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Skip for now' }).count(), 0);
  });

  it('takes the code that the bridge prints to where it is confirmed', async () => {
    const login = runBridge('login', 'login', '--relay', stack.stack.url);
    let code = '';
    await until('the bridge shows a code', 20_000, async () => {
      const log = await readFile(join(stack.stack.dataDir, 'logs', 'login.log'), 'utf8');
      code = /code ([A-Z]{4}-[A-Z]{4})\b/.exec(log)?.[1] ?? '';
      return code !== '';
    });
    await page.getByRole('textbox', { name: 'Code' }).fill(code.toLowerCase().replace('-', ' '));
    const opened = page.waitForEvent('popup');
    await page.getByRole('button', { name: 'Confirm' }).click();
    const issuer = await opened;
    await issuer.getByRole('button', { name: 'Continue' }).click();
    await issuer.getByRole('button', { name: 'Connect it' }).click();
    const password = issuer.getByLabel('Password', { exact: true });
    const end = issuer.getByText('is signed in');
    await password.or(end).first().waitFor();
    if (await password.isVisible()) {
      await password.fill(stack.password);
      await issuer.getByRole('button', { name: 'Sign in' }).click();
    }
    await end.waitFor();
    await issuer.close();
    await login.exited;
  });

  it('says what to do while the engine is down, and goes on by itself when it is up', async () => {
    await stack.stack.engine.child?.stop();
    runBridge('up', 'up', '--name', 'Studio PC', '--engine-url', stack.stack.engine.url.origin);
    await page.getByText('Studio PC is connected').waitFor();
    await page.getByText('no engine answers it').waitFor();
    await page.getByText('ollama serve').waitFor();
    await screenshot(page, 'guide-engine-down');
    await stack.stack.restartEngine();
    await page.getByRole('heading', { name: 'Everything works' }).waitFor();
  });

  it('has tested the whole way to the first words, and kept nothing of it', async () => {
    for (const part of ['Relay', 'Computer', 'Engine', 'Model', 'First words']) await way(`${part}: works`).waitFor();
    await page.getByText(/^After [\d.]+ sec$/).waitFor();
    await screenshot(page, 'guide-done');
    assert.equal((await stack.client.conversations.list()).total, 0);
    await until('the engine is idle', 5_000, async () => (await stack.activeGenerations()) === 0);
  });

  it('begins a chat with a starter', async () => {
    await page.getByRole('button', { name: /^Explain something/ }).click();
    const box = page.getByRole('textbox', { name: 'Message' });
    await box.waitFor();
    assert.match(await box.inputValue(), /heat pump/);
    await box.press('Enter');
    await page.getByText(SENTENCE).waitFor();
  });

  it('runs without an error in the console', () => {
    assert.deepEqual(problems, []);
  });
});

describe('the first walk with npm start', () => {
  it('leads from the sign-in to an answer in two actions', async (t) => {
    await using stack = await TestStack.start({ web: true, engineArgs: ['--tokens-per-second', '100'] });
    const browser = await launchBrowser();
    t.after(() => browser.close());
    const page = await browser.newPage();
    await page.goto(stack.stack.url);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel('Password', { exact: true }).fill(stack.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: /^Plan a week/ }).click();
    await page.keyboard.press('Enter');
    await page.getByText(SENTENCE).waitFor();
    assert.match(new URL(page.url()).pathname, /^\/c\//);
    await browser.close();
  });
});
