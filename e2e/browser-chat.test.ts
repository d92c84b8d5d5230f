import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { SENTENCE } from '../dev/engine/write-model.ts';
import { launchBrowser, screenshot } from './support/browser.ts';
import { TestStack, until } from './support/test-stack.ts';

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

describe('a conversation on two devices', () => {
  let stack: TestStack;
  let browser: Browser;
  let desktop: Page;
  let phone: Page;
  const problems: string[] = [];
  before(async () => {
    stack = await TestStack.start({ web: true, engineArgs: ['--tokens-per-second', '25'] });
    browser = await launchBrowser();
    desktop = await device(DESKTOP);
    phone = await device(PHONE);
  });
  after(async () => {
    // Whatever was not started must not keep the rest alive.
    await browser?.close();
    await stack?.[Symbol.asyncDispose]();
  });

  async function device(viewport: typeof DESKTOP): Promise<Page> {
    const page = await (await browser.newContext({ viewport })).newPage();
    page.setDefaultTimeout(15_000);
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    await page.goto(stack.stack.url);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel('Password', { exact: true }).fill(stack.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('textbox', { name: 'Message' }).waitFor();
    return page;
  }

  const ask = async (page: Page, text: string): Promise<void> => {
    await page.getByRole('textbox', { name: 'Message' }).fill(text);
    await page.keyboard.press('Enter');
  };
  const texts = (page: Page): Promise<string[]> =>
    page
      .getByRole('article', { name: /^(You|Answer)/ })
      .evaluateAll((rows) => rows.map((row) => row.textContent ?? ''));

  it('shows a question and its answer on the other device while it is written, each word once', async () => {
    await ask(desktop, 'What are you?');
    await phone.getByRole('button', { name: 'Open the menu' }).click();
    await phone.getByRole('link', { name: 'What are you?' }).click();
    await desktop.getByText(SENTENCE).waitFor();
    await ask(desktop, 'And what else?');
    await phone.getByText('And what else?').waitFor();
    await phone.getByRole('article').nth(3).getByText('Hello from').waitFor();
    await screenshot(phone, 'chat-live-phone');
    await phone.getByRole('article').nth(3).getByText(SENTENCE).waitFor();
    await desktop.getByRole('article').nth(3).getByText(SENTENCE).waitFor();
    for (const page of [desktop, phone]) {
      const all = (await texts(page)).join('\n');
      assert.equal(all.split('And what else?').length - 1, 1);
      assert.equal(all.split(SENTENCE).length - 1, 2);
    }
  });

  it('asks for nothing while the relay tells what happens', async () => {
    const page = await desktop.context().newPage();
    await page.clock.install();
    await page.goto(stack.stack.url);
    await page.getByText('Online, ').first().waitFor();
    await page.waitForLoadState('networkidle');
    const requests: string[] = [];
    page.on('request', (request) => requests.push(`${request.method()} ${new URL(request.url()).pathname}`));
    // A page that is told nothing asks every 20 seconds at least.
    await page.clock.fastForward(24_000);
    await page.getByRole('link', { name: 'What are you?' }).waitFor();
    assert.deepEqual(requests, []);
    await page.close();
  });

  it('answers again beside the first answer, and walks between both on both devices', async () => {
    await desktop.getByRole('button', { name: 'Answer again' }).click();
    await desktop.getByText('2 / 2').waitFor();
    await desktop.getByRole('button', { name: 'Answer again' }).waitFor();
    await phone.getByText('2 / 2').waitFor();
    await screenshot(desktop, 'chat-branches');
    await desktop.getByRole('button', { name: 'Previous answer' }).click();
    await desktop.getByText('1 / 2').waitFor();
    await phone.getByText('1 / 2').waitFor();
  });

  it('asks a question in other words, beside it', async () => {
    const question = desktop.getByRole('article', { name: 'You' }).last();
    await question.hover();
    await question.getByRole('button', { name: 'Edit the question' }).click();
    await desktop.getByRole('textbox', { name: 'Question' }).fill('And what not?');
    await screenshot(desktop, 'chat-edit');
    await desktop.getByRole('textbox', { name: 'Question' }).press('Enter');
    await desktop.getByRole('group', { name: 'Versions of the question' }).getByText('2 / 2').waitFor();
    await desktop.getByRole('button', { name: 'Answer again' }).waitFor();
    assert.equal(await desktop.getByText('And what else?').count(), 0);
    await desktop.getByRole('button', { name: 'Previous question' }).click();
    await desktop.getByText('And what else?').waitFor();
    await phone.getByText('And what else?').waitFor();
  });

  it('deletes a question with what follows it on both devices, once that is clear', async () => {
    const before = await texts(desktop);
    await ask(desktop, 'Forget this, please');
    await phone.getByText('Forget this, please').waitFor();
    await desktop.getByRole('button', { name: 'Answer again' }).waitFor();
    const question = desktop.getByRole('article', { name: 'You' }).last();
    await question.hover();
    await question.getByRole('button', { name: 'Delete the question' }).click();
    await desktop.getByText('This question and the answers after it').waitFor();
    await screenshot(desktop, 'chat-delete');
    await desktop.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
    // Behind an open dialog there is nothing to be found.
    await desktop.getByRole('dialog').waitFor({ state: 'detached' });
    for (const page of [desktop, phone]) {
      await page.getByRole('article').getByText('Forget this, please').waitFor({ state: 'detached' });
      await until('its answer is gone with it', 5_000, async () => (await texts(page)).length === before.length);
    }
  });

  it('goes on with an answer that was stopped', async () => {
    await ask(desktop, 'Slowly, please');
    const answerOn = (page: Page) => page.getByRole('article', { name: /^Answer/ }).last();
    await answerOn(desktop).getByText('Hello from the').waitFor();
    await desktop.getByRole('button', { name: 'Stop' }).click();
    await answerOn(desktop).getByText('· Stopped').waitFor();
    const said = (await answerOn(desktop).locator('p').first().textContent()) ?? '';
    await desktop.getByRole('button', { name: 'Continue' }).click();
    for (const page of [desktop, phone]) {
      await answerOn(page).getByText('to prove it works.').waitFor();
      const whole = (await answerOn(page).locator('p').first().textContent()) ?? '';
      assert.ok(whole.startsWith(said) && whole.length > said.length, `${said} | ${whole}`);
    }
    await desktop.getByRole('button', { name: 'Answer again' }).waitFor();
  });

  it('says how an answer was made', async () => {
    await desktop.getByRole('button', { name: 'How it was made' }).last().click();
    await desktop.getByText('tokens/s').waitFor();
    await screenshot(desktop, 'chat-facts');
  });

  it('keeps a question for a computer that is asleep, and answers it when it is back', async () => {
    await stack.stack.bridge?.stop();
    await desktop.getByRole('button', { name: 'Send when it’s back' }).waitFor();
    await ask(desktop, 'Are you there?');
    await desktop.getByText('Your computer is asleep.').waitFor();
    await phone.getByText('Your computer is asleep.').waitFor();
    await screenshot(desktop, 'chat-asleep');
    await screenshot(phone, 'chat-asleep-phone');
    await stack.stack.startBridge();
    await desktop.getByRole('article').last().getByText(SENTENCE).waitFor();
    await phone.getByRole('article').last().getByText(SENTENCE).waitFor();
  });

  it('lets go of a waiting question that is cancelled', async () => {
    await stack.stack.bridge?.stop();
    await desktop.getByRole('button', { name: 'Send when it’s back' }).waitFor();
    await ask(desktop, 'Never mind');
    await desktop.getByRole('button', { name: 'Cancel' }).click();
    await desktop.getByText('Stopped before the first word.').waitFor();
    await stack.stack.startBridge();
    await desktop.getByRole('button', { name: 'Send', exact: true }).waitFor();
    assert.equal(await stack.activeGenerations(), 0);
  });

  it('finds words, and opens the conversation at the message', async () => {
    await desktop.getByRole('link', { name: 'New chat' }).click();
    await desktop.getByRole('searchbox').fill('what not');
    const found = desktop.getByRole('navigation', { name: 'Search results' }).getByRole('link').first();
    await found.waitFor();
    await screenshot(desktop, 'chat-search');
    await found.click();
    await desktop.getByRole('article', { name: 'You' }).getByText('And what not?').waitFor();
    await desktop.getByRole('button', { name: 'Clear the search' }).click();
  });

  it('renames and pins a conversation on both devices', async () => {
    const act = async (name: string): Promise<void> => {
      await desktop
        .getByRole('button', { name: /^What to do with/ })
        .first()
        .click();
      await desktop.getByRole('menuitem', { name }).click();
    };
    await act('Rename');
    await desktop.getByRole('textbox', { name: 'Rename conversation' }).fill('About you');
    await screenshot(desktop, 'chat-rename');
    await desktop.getByRole('button', { name: 'Rename', exact: true }).click();
    await act('Pin');
    await phone.getByRole('button', { name: 'Open the menu' }).click();
    await phone.getByRole('region', { name: 'Pinned' }).getByRole('link', { name: 'About you' }).waitFor();
    await screenshot(phone, 'chat-drawer-phone');
  });

  it('deletes a conversation on both devices, and brings it back', async () => {
    await phone
      .getByRole('button', { name: /^What to do with/ })
      .first()
      .click();
    await screenshot(phone, 'chat-menu-phone');
    await phone.getByRole('menuitem', { name: 'Delete' }).click();
    await phone.getByText('Deleted “About you”').waitFor();
    await screenshot(phone, 'chat-undo-phone');
    await desktop.getByText('Your conversations will be listed here.').waitFor();
    await desktop.getByText('This conversation isn’t here').waitFor();
    await phone.getByRole('button', { name: 'Undo' }).click();
    await desktop.getByRole('link', { name: 'About you' }).waitFor();
    await desktop.getByRole('article', { name: 'You' }).first().waitFor();
    await phone.getByRole('link', { name: 'About you' }).waitFor();
  });

  it('gives a conversation as a file, and takes it back', async () => {
    await desktop
      .getByRole('button', { name: /^What to do with/ })
      .first()
      .click();
    const download = desktop.waitForEvent('download');
    await desktop.getByRole('menuitem', { name: 'Export as JSON' }).click();
    const file = await download;
    assert.equal(file.suggestedFilename(), 'About-you.json');
    await desktop.getByRole('button', { name: 'More', exact: true }).click();
    await desktop.getByRole('menuitem', { name: 'Import' }).click();
    await desktop.getByLabel('File to import').setInputFiles(await file.path());
    await desktop.getByText(/\d of 1 imported/).waitFor();
    await screenshot(desktop, 'chat-import');
    await desktop.getByRole('button', { name: 'Close', exact: true }).click();
  });

  it('sends a picture along, and shows it after a reload', async () => {
    const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    await desktop.getByLabel('Files', { exact: true }).setInputFiles([
      { name: 'pixel.png', mimeType: 'image/png', buffer: Buffer.from(pixel, 'base64') },
      { name: 'notes.md', mimeType: '', buffer: Buffer.from('# Notes') },
    ]);
    await desktop.getByRole('list', { name: 'Files to send' }).getByRole('img', { name: 'pixel.png' }).waitFor();
    await screenshot(desktop, 'chat-files');
    await ask(desktop, 'What is this?');
    await desktop.getByRole('list', { name: 'Attachments' }).getByRole('img', { name: 'pixel.png' }).waitFor();
    await desktop.getByRole('button', { name: 'Answer again' }).waitFor();
    await desktop.reload();
    await desktop.getByRole('list', { name: 'Attachments' }).getByRole('img', { name: 'pixel.png' }).waitFor();
    await desktop.getByText('notes.md').waitFor();
    await screenshot(desktop, 'chat-picture');
  });

  it('fits a phone and a dark room', async () => {
    await phone.keyboard.press('Escape');
    for (const page of [phone, desktop]) {
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      assert.equal(overflow, 0);
      await page.emulateMedia({ colorScheme: 'dark' });
    }
    await screenshot(desktop, 'chat-dark');
    await screenshot(phone, 'chat-dark-phone');
  });

  it('runs without an error in the console', () => assert.deepEqual(problems, []));
});
