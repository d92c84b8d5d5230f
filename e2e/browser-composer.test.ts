import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, JSHandle, Locator, Page } from 'playwright-core';
import { launchBrowser } from './support/browser.ts';
import { startReplayEngine, type ReplayEngine } from './support/replay-engine.ts';
import { signedInPage } from './support/signed-in-page.ts';
import { TestStack, until } from './support/test-stack.ts';

const DESKTOP = { width: 1280, height: 800 };
/** Where conversations are created. */
const CREATION = '**/api/chat/conversations';

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';

describe('what is written in the composer', () => {
  let engine: ReplayEngine;
  let stack: TestStack;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  before(async () => {
    engine = await startReplayEngine({ text: 'An answer.' });
    stack = await TestStack.start({ web: true, engine: engine.url });
    browser = await launchBrowser();
    context = await browser.newContext({ viewport: DESKTOP });
    page = await signedInPage(context, stack);
  });
  after(async () => {
    await browser?.close();
    await stack?.[Symbol.asyncDispose]();
    await engine?.[Symbol.asyncDispose]();
  });

  const composer = (): Locator => page.getByRole('textbox', { name: 'Message' });
  const isWritten = (text: string): Promise<void> =>
    until(`“${text}” is in the composer`, 10_000, async () => (await composer().inputValue()) === text);
  const ask = async (text: string): Promise<void> => {
    await composer().fill(text);
    await page.getByRole('button', { name: 'Send' }).click();
  };
  const newChat = (): Promise<void> => page.getByRole('link', { name: 'New chat' }).click();
  /** Holds back the creation of conversations; the function lets it go on. */
  const holdCreation = async (): Promise<() => Promise<void>> => {
    const gate = Promise.withResolvers<void>();
    await page.route(CREATION, async (route) => {
      await gate.promise;
      await route.continue();
    });
    return async () => {
      gate.resolve();
      await page.unrouteAll({ behavior: 'wait' });
    };
  };

  const refuseCreation = (): Promise<unknown> =>
    page.route(CREATION, (route) =>
      route.request().method() === 'POST'
        ? route.fulfill({ status: 403, json: { error: 'forbidden', message: 'Not allowed' } })
        : route.fallback(),
    );
  /** What the clipboard or the pointer carries: one file. */
  const carried = (name: string, type: string, base64: string): Promise<JSHandle<DataTransfer>> =>
    page.evaluateHandle(
      (file) => {
        const bytes = Uint8Array.from(atob(file.base64), (letter) => letter.charCodeAt(0));
        const transfer = new DataTransfer();
        transfer.items.add(new File([bytes], file.name, { type: file.type }));
        return transfer;
      },
      { name, type, base64 },
    );

  it('stays there when the conversation that was begun gets its address', async () => {
    const goOn = await holdCreation();
    await ask('The first question');
    await page.getByRole('article', { name: 'You' }).waitFor();
    await composer().pressSequentially('And the next');
    await goOn();
    await page.waitForURL(/\/c\//);
    await page.getByRole('button', { name: 'Answer again' }).waitFor();
    await isWritten('And the next');
    await composer().fill('');
    await newChat();
    await isWritten('');
  });

  it('does not take the person away from the page they went to', async () => {
    const listed = page.locator('a[href^="/c/"]');
    const earlier = await listed.count();
    const goOn = await holdCreation();
    await ask('Slow to begin');
    await page.keyboard.press('Control+,');
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
    await goOn();
    await until('it is listed', 10_000, async () => (await listed.count()) === earlier + 1);
    assert.equal(new URL(page.url()).pathname, '/settings');
    await listed.first().click();
    await page.getByRole('article', { name: 'You' }).getByText('Slow to begin').waitFor();
    await page
      .getByRole('article', { name: /^Answer/ })
      .getByText('An answer.')
      .waitFor();
  });

  it('is there again when the relay refuses it, also after a reload, and goes when it is taken', async () => {
    await refuseCreation();
    await newChat();
    await ask('Refused at first');
    await page.getByRole('button', { name: 'Try again' }).waitFor();
    await isWritten('Refused at first');
    await page.reload();
    await isWritten('Refused at first');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('button', { name: 'Try again' }).waitFor();
    await isWritten('Refused at first');
    assert.equal(await page.getByRole('article', { name: 'You' }).count(), 1);
    await page.unrouteAll();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page
      .getByRole('article', { name: /^Answer/ })
      .getByText('An answer.')
      .waitFor();
    await isWritten('');
    assert.equal(await page.getByRole('article', { name: 'You' }).count(), 1);
  });

  it('stays when the person turns from a refused question to a new chat', async () => {
    await newChat();
    await refuseCreation();
    await ask('Not taken');
    await page.getByRole('button', { name: 'Try again' }).waitFor();
    await newChat();
    await isWritten('Not taken');
    assert.equal(await page.getByRole('article').count(), 0);
    await page.unrouteAll();
  });

  it('is kept when a question to begin with is chosen', async () => {
    const starters = page.getByRole('list', { name: 'Ideas to begin with' }).getByRole('button');
    await composer().fill('Half a thought');
    await starters.first().click();
    const both = await composer().inputValue();
    assert.ok(both.startsWith('Half a thought\n\n') && both.length > 20, both);
    await composer().fill('');
    await starters.first().click();
    const first = await composer().inputValue();
    await starters.last().click();
    const last = await composer().inputValue();
    assert.ok(first !== '' && last !== '' && !last.includes(first), last);
    await composer().fill('');
  });

  it('takes a picture that is pasted and a file that is dropped', async () => {
    const files = page.getByRole('list', { name: 'Files to send' });
    await composer().evaluate(
      (field, clipboardData) =>
        field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true })),
      await carried('pasted.png', 'image/png', PIXEL),
    );
    await files.getByRole('img', { name: 'pasted.png' }).waitFor();
    const dataTransfer = await carried('notes.md', 'text/markdown', btoa('# Notes'));
    await page.locator('body').dispatchEvent('dragover', { dataTransfer });
    await page.getByText('Drop the files to send them along').waitFor();
    await page.locator('body').dispatchEvent('drop', { dataTransfer });
    await files.getByText('notes.md', { exact: true }).waitFor();
    await page.getByText('Drop the files to send them along').waitFor({ state: 'detached' });
    await ask('What are these?');
    const sent = page.getByRole('list', { name: 'Attachments' });
    await sent.getByRole('img', { name: 'pasted.png' }).waitFor();
    await sent.getByText('notes.md').waitFor();
    await page
      .getByRole('article', { name: /^Answer/ })
      .getByText('An answer.')
      .waitFor();
  });

  it('stays in a question that is put in other words while another device asks', async () => {
    await newChat();
    await ask('In some words');
    await page.getByRole('button', { name: 'Answer again' }).waitFor();
    const question = page.getByRole('article', { name: 'You' });
    await question.hover();
    await question.getByRole('button', { name: 'Edit the question' }).click();
    const editor = page.getByRole('form', { name: 'Edit the question' });
    const field = editor.getByRole('textbox', { name: 'Question' });
    await field.fill('In other words');
    engine.hold();
    const id = new URL(page.url()).pathname.replace('/c/', '');
    const asked = Array.fromAsync(stack.client.messages.send(id, 'From elsewhere'));
    await page.getByRole('article').getByText('From elsewhere').waitFor();
    await editor.getByText('It can be sent when the answer is complete.').waitFor();
    assert.equal(await editor.getByRole('button', { name: 'Send' }).isDisabled(), true);
    assert.equal(await field.inputValue(), 'In other words');
    engine.release();
    await asked;
    await page.getByRole('button', { name: 'Answer again' }).waitFor();
    await field.press('Enter');
    await page.getByRole('group', { name: 'Versions of the question' }).getByText('2 / 2').waitFor();
    await page.getByRole('article', { name: 'You' }).getByText('In other words').waitFor();
  });
});
