import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { SENTENCE } from '../dev/engine/write-model.ts';
import { accessibilityProblems } from './support/accessibility.ts';
import { launchBrowser, screenshot } from './support/browser.ts';
import { signedInDevice, signIn, signOutOfIssuer } from './support/device.ts';
import { TestStack, until } from './support/test-stack.ts';

describe('settings on two devices', () => {
  let stack: TestStack;
  let browser: Browser;
  let desktop: Page;
  let phone: Page;
  const problems: string[] = [];
  before(async () => {
    stack = await TestStack.start({ web: true, engineArgs: ['--tokens-per-second', '200'] });
    browser = await launchBrowser();
    desktop = await signedInDevice(browser, stack, { viewport: { width: 1280, height: 900 } });
    phone = await signedInDevice(browser, stack, { viewport: { width: 390, height: 844 }, hasTouch: true });
    for (const page of [desktop, phone]) page.on('pageerror', (error) => problems.push(String(error)));
  });
  after(async () => {
    await browser?.close();
    await stack?.[Symbol.asyncDispose]();
  });

  const openSettings = async (page: Page): Promise<void> => {
    await page.goto(`${stack.stack.url}/settings`);
    await page.getByRole('heading', { level: 1, name: /^(Settings|Einstellungen)$/ }).waitFor();
  };
  const theme = (page: Page) => page.evaluate(() => document.documentElement.dataset['theme']);
  const stored = () => stack.client.account.settings();

  it('a theme and a text size that are chosen on one hold on the other at once', async () => {
    await openSettings(desktop);
    await desktop.getByRole('radio', { name: 'Dark' }).check();
    await desktop.getByRole('radio', { name: 'Large', exact: true }).check();
    await until('the phone is dark', 5_000, async () => (await theme(phone)) === 'dark');
    await until('the phone has large text', 5_000, () =>
      phone.evaluate(() => getComputedStyle(document.documentElement).fontSize === '18px'),
    );
    assert.equal((await stored()).theme, 'dark');
  });

  it('the whole of it can be walked with the keyboard', async () => {
    await desktop.getByRole('radio', { name: 'Dark' }).focus();
    await desktop.keyboard.press('ArrowLeft');
    await until('light', 5_000, async () => (await theme(phone)) === 'light');
    await desktop.keyboard.press('Tab');
    await desktop.keyboard.press('ArrowLeft');
    await until('normal text', 5_000, async () => (await stored()).textSize === 'normal');
    await desktop.keyboard.press('Tab');
    assert.equal(
      await desktop.getByRole('combobox', { name: 'Language' }).evaluate((field) => field === document.activeElement),
      true,
    );
  });

  it('a language that is chosen on one is spoken by the other, everywhere', async () => {
    await desktop.getByRole('combobox', { name: 'Language' }).selectOption('Deutsch');
    await desktop.getByRole('heading', { name: 'Einstellungen' }).waitFor();
    await phone.getByRole('textbox', { name: 'Nachricht' }).waitFor();
    assert.equal(await phone.evaluate(() => document.documentElement.lang), 'de');
    await phone.reload();
    await phone.getByRole('button', { name: 'Menü öffnen' }).waitFor();
    assert.deepEqual(await accessibilityProblems(desktop), []);
    await desktop.getByRole('combobox', { name: 'Sprache' }).selectOption('English');
    await desktop.getByRole('heading', { name: 'Settings', exact: true }).waitFor();
  });

  it('defaults of new chats are saved as they are written, and what is wrong is said and not saved', async () => {
    await desktop.getByRole('combobox', { name: 'Model' }).selectOption({ index: 1 });
    await desktop.getByRole('textbox', { name: 'System prompt' }).fill('Answer in one sentence.');
    await desktop.getByRole('textbox', { name: 'Temperature' }).fill('0,5');
    await desktop.getByRole('textbox', { name: 'Keep in memory' }).fill('5m');
    await desktop.keyboard.press('Enter');
    await desktop.getByRole('textbox', { name: 'Top P' }).fill('7');
    await desktop.getByText('A number between 0 and 1').waitFor();
    await desktop.getByRole('radio', { name: 'High' }).check();
    await until('all is stored', 10_000, async () => {
      const { systemPrompt, options } = await stored();
      return systemPrompt === 'Answer in one sentence.' && options.think === 'high' && options.keep_alive === '5m';
    });
    const { defaultModel, options } = await stored();
    assert.deepEqual(options, { temperature: 0.5, keep_alive: '5m', think: 'high' });
    assert.notEqual(defaultModel, null);
    // The demo engine's models can't: it would refuse what is asked later.
    await desktop.getByRole('radio', { name: 'Automatic' }).check();
    await until('it is the model’s own again', 5_000, async () => (await stored()).options.think === undefined);
    await desktop.getByRole('textbox', { name: 'Top P' }).fill('');
    // What is stored in another form than it was written in is stored once.
    const again = desktop.waitForRequest('**/api/settings', { timeout: 2_000 }).catch(() => undefined);
    assert.equal(await again, undefined, 'nothing is saved by itself any more');
    await openSettings(phone);
    assert.equal(await phone.getByRole('textbox', { name: 'Temperature' }).inputValue(), '0.5');
  });

  it('a change that the relay can’t take is taken back, and said', async () => {
    await phone.route('**/api/settings', (route) =>
      route.fulfill({ status: 403, json: { error: 'forbidden', code: 403, message: 'no' } }),
    );
    await phone.getByRole('radio', { name: 'Dark' }).click();
    await phone.getByText(/^Not saved: /).waitFor();
    assert.equal(await phone.getByRole('radio', { name: 'Light' }).isChecked(), true);
    await phone.unroute('**/api/settings');
  });

  it('keeps a system prompt that the relay does not take, says why, and saves it at the next try', async () => {
    const field = desktop.getByRole('textbox', { name: 'System prompt' });
    let asked = 0;
    await desktop.route('**/api/settings', async (route) => {
      if (route.request().method() !== 'PATCH') return route.continue();
      asked += 1;
      return route.fulfill({ status: 403, json: { error: 'forbidden', code: 403, message: 'no' } });
    });
    await field.fill('Answer in two sentences.');
    await desktop.getByRole('alert').getByText('Not saved: You may not do this').waitFor();
    assert.equal(await field.inputValue(), 'Answer in two sentences.');
    assert.equal(asked, 1);
    assert.deepEqual(await accessibilityProblems(desktop), []);
    await desktop.unroute('**/api/settings');
    await desktop.getByRole('button', { name: 'Try again' }).click();
    await until('it is stored', 5_000, async () => (await stored()).systemPrompt === 'Answer in two sentences.');
    await desktop.getByRole('button', { name: 'Try again' }).waitFor({ state: 'detached' });
    await field.fill('Answer in one sentence.');
    await until('so is the next', 5_000, async () => (await stored()).systemPrompt === 'Answer in one sentence.');
  });

  it('sends with the key that was chosen, and begins a new line with the other', async () => {
    await desktop.getByRole('radio', { name: 'Ctrl and Enter' }).check();
    await until('it is stored', 5_000, async () => (await stored()).sendKey === 'mod-enter');
    await desktop.goto(stack.stack.url);
    const field = desktop.getByRole('textbox', { name: 'Message' });
    await field.fill('One');
    await field.press('Enter');
    await field.press('Shift+Enter');
    await desktop.keyboard.type('two');
    assert.equal(await field.inputValue(), 'One\n\ntwo');
    await field.press('Control+Enter');
    await desktop.getByText(SENTENCE).waitFor();
    // And the chat has begun with the defaults.
    const [begun] = (await stack.client.conversations.list()).conversations;
    assert.equal(begun?.systemPrompt, 'Answer in one sentence.');
    assert.deepEqual(begun.options, { temperature: 0.5, keep_alive: '5m' });
    assert.equal(begun.model, (await stored()).defaultModel);
  });

  it('a draft is there again after the tab was closed and opened anew', async () => {
    await desktop.getByRole('textbox', { name: 'Message' }).fill('Half a thought');
    const { url } = { url: desktop.url() };
    const context = desktop.context();
    await desktop.close();
    desktop = await context.newPage();
    desktop.setDefaultTimeout(15_000);
    await desktop.goto(url);
    await desktop.getByText(SENTENCE).waitFor();
    assert.equal(await desktop.getByRole('textbox', { name: 'Message' }).inputValue(), 'Half a thought');
  });

  it('a draft outlives a session that ended by itself', async () => {
    await desktop.evaluate(() => {
      const key = 'cloudtolocalllm.tokens';
      const tokens = JSON.parse(localStorage.getItem(key) ?? '{}') as object; // as: the SDK's
      localStorage.setItem(key, JSON.stringify({ ...tokens, refreshToken: 'none', expiresAt: 0 }));
    });
    await desktop.reload();
    await desktop.getByRole('button', { name: 'Sign in' }).click();
    await desktop.getByLabel('Password', { exact: true }).or(desktop.locator('#composer')).waitFor();
    if (await desktop.getByLabel('Password', { exact: true }).isVisible()) {
      await desktop.getByLabel('Password', { exact: true }).fill(stack.password);
      await desktop.getByRole('button', { name: 'Sign in' }).click();
    }
    await desktop.getByText(SENTENCE).waitFor();
    assert.equal(await desktop.getByRole('textbox', { name: 'Message' }).inputValue(), 'Half a thought');
  });

  it('copies the last answer from the keyboard', async () => {
    await desktop.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await desktop.keyboard.press('Control+Shift+C');
    await desktop.getByText('Copied').first().waitFor();
    assert.equal((await desktop.evaluate(() => navigator.clipboard.readText())).trim(), SENTENCE);
  });

  it('moves the composer above a phone’s keyboard where the browser does not', async () => {
    await phone.goto(stack.stack.url);
    await phone.getByRole('textbox', { name: 'Message' }).waitFor();
    // As Safari does: the page stays as tall as it was, and only the visual viewport shrinks.
    await phone.evaluate(() => {
      const view = window.visualViewport;
      Object.defineProperty(view, 'height', { configurable: true, value: window.innerHeight - 300 });
      view?.dispatchEvent(new Event('resize'));
    });
    const bottom = await phone.getByRole('form').evaluate((form) => form.getBoundingClientRect().bottom);
    assert.ok(bottom <= 544, `the composer ends at ${bottom}`);
    await phone.reload();
  });

  it('finds nothing against WCAG 2.2 AA in either theme and at every width, and nothing is cut off', async () => {
    // Colours on their way from one theme to the other are neither's.
    await desktop.emulateMedia({ reducedMotion: 'reduce' });
    await openSettings(desktop);
    for (const [width, height] of [
      [320, 640],
      [390, 844],
      [1024, 768],
      [1600, 1000],
      [2560, 1440],
    ] as const) {
      await desktop.setViewportSize({ width, height });
      for (const scheme of ['light', 'dark'] as const) {
        await stack.client.account.changeSettings({ theme: scheme });
        await until(scheme, 5_000, async () => (await theme(desktop)) === scheme);
        if (width === 390 || width === 1600)
          assert.deepEqual(await accessibilityProblems(desktop), [], `${width} ${scheme}`);
        await screenshot(desktop, `settings-${width}-${scheme}`);
      }
      const overflow = await desktop.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(overflow <= 0, `${width}: ${overflow} px too wide`);
    }
  });

  it('exports all that there is of the person as real JSON', async () => {
    await desktop.setViewportSize({ width: 1280, height: 900 });
    const [download] = await Promise.all([
      desktop.waitForEvent('download'),
      desktop.getByRole('button', { name: 'Download' }).click(),
    ]);
    assert.match(download.suggestedFilename(), /^account-\d{4}-\d\d-\d\d\.json$/);
    const file = JSON.parse(await readFile(await download.path(), 'utf8')) as {
      conversations: unknown[];
      account: { settings: { systemPrompt: string } };
    }; // as: looked at below
    assert.equal(file.conversations.length, 1);
    assert.equal(file.account.settings.systemPrompt, 'Answer in one sentence.');
  });

  it('deletes everything only for who writes the word, and really does; the person is signed out everywhere', async () => {
    await phone.goto(stack.stack.url);
    await phone.getByRole('textbox', { name: 'Message' }).fill('A draft on the phone');
    await desktop.getByRole('button', { name: 'Delete everything…' }).click();
    const dialog = desktop.getByRole('dialog', { name: 'Delete everything?' });
    await dialog.getByText('This can’t be undone.').waitFor();
    const confirm = dialog.getByRole('button', { name: 'Delete everything' });
    assert.equal(await confirm.isDisabled(), true);
    await screenshot(desktop, 'settings-delete');
    assert.deepEqual(await accessibilityProblems(desktop), []);
    await desktop.keyboard.press('Escape');
    assert.equal((await stack.client.conversations.list()).total, 1);
    await desktop.getByRole('button', { name: 'Delete everything…' }).click();
    await dialog.getByRole('textbox').fill('delete');
    await confirm.click();
    await signOutOfIssuer(desktop);
    await phone.getByRole('button', { name: 'Sign in' }).waitFor();
    await until('the phone has forgotten its person', 5_000, () =>
      phone.evaluate(() => !Object.keys(localStorage).some((name) => /drafts|tokens/.test(name))),
    );
    await signIn(desktop, stack);
    await desktop.getByText('Your conversations will be listed here.').waitFor();
    const key = await desktop.evaluate(() => Object.keys(localStorage).filter((name) => name.includes('drafts')));
    assert.deepEqual(key, []);
    assert.deepEqual(problems, []);
  });
});
