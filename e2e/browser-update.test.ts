import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { buildWeb, WEB_DIR } from '../dev/src/web-build.ts';
import { launchBrowser } from './support/browser.ts';
import { signedInDevice } from './support/device.ts';
import { TestStack, until } from './support/test-stack.ts';

/** A relay whose web app is replaced while pages of it are open. */
describe('a new version of the app', () => {
  let stack: TestStack;
  let browser: Browser;
  let page: Page;
  let other: Page;
  let folder: string;
  before(async () => {
    await buildWeb();
    folder = await mkdtemp(join(tmpdir(), 'c2l-web-'));
    await cp(WEB_DIR, folder, { recursive: true });
    stack = await TestStack.start({ relayEnv: { WEB_DIR: folder } });
    browser = await launchBrowser();
    page = await signedInDevice(browser, stack);
    await until('the worker is in charge', 10_000, () =>
      page.evaluate(() => navigator.serviceWorker.controller?.state === 'activated'),
    );
  });
  after(async () => {
    await browser?.close();
    await stack?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const versions = (): Promise<string[]> => page.evaluate(() => caches.keys());

  it('is offered, and takes nothing away from who is in the middle of something', async () => {
    const keys = await versions();
    assert.equal(keys.length, 1);
    const worker = join(folder, 'service-worker.js');
    const version = keys[0]?.replace('shell-', '') ?? '';
    await writeFile(worker, (await readFile(worker, 'utf8')).replace(version, 'of-tomorrow'));
    const index = join(folder, 'index.html');
    await writeFile(
      index,
      (await readFile(index, 'utf8')).replace('<title>', '<meta name="version" content="of-tomorrow"><title>'),
    );
    await page.getByRole('textbox', { name: 'Message' }).fill('In the middle of a thought');
    await page.evaluate(async () => (await navigator.serviceWorker.ready).update());
    await page.getByText('A new version is there').waitFor();
    assert.equal(await page.getByRole('textbox', { name: 'Message' }).inputValue(), 'In the middle of a thought');
    // A part of the version that is open, which the relay does not have any more.
    await rm(join(folder, 'assets'), { recursive: true });
    await page.keyboard.press('Control+,');
    await page.getByRole('heading', { name: 'Settings', exact: true }).waitFor();
    await cp(join(WEB_DIR, 'assets'), join(folder, 'assets'), { recursive: true });
  });

  it('comes with a press on Reload, the draft still there', async () => {
    await page.goBack();
    other = await page.context().newPage();
    await other.goto(`${stack.stack.url}/settings`);
    await other.getByText('A new version is there').waitFor();
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.locator('meta[name=version]').waitFor({ state: 'attached' });
    await page.getByRole('textbox', { name: 'Message' }).waitFor();
    assert.equal(await page.getByRole('textbox', { name: 'Message' }).inputValue(), 'In the middle of a thought');
    assert.ok((await versions()).includes('shell-of-tomorrow'));
    assert.equal(await page.getByText('A new version is there').count(), 0);
  });

  it('comes with Reload in a second tab too, after the first has taken it', async () => {
    await other.evaluate(() => document.documentElement.setAttribute('data-old', ''));
    await other.getByRole('button', { name: 'Reload' }).click();
    await other.locator('html:not([data-old])').waitFor({ state: 'attached' });
    await other.getByRole('heading', { name: 'Settings', exact: true }).waitFor();
  });
});
