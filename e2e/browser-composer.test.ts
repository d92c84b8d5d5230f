import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { launchBrowser } from './support/browser.ts';
import { startReplayEngine, type ReplayEngine } from './support/replay-engine.ts';
import { signedInPage } from './support/signed-in-page.ts';
import { TestStack, until } from './support/test-stack.ts';

const DESKTOP = { width: 1280, height: 800 };
/** Where conversations are created. */
const CREATION = '**/api/chat/conversations';

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
    const goOn = await holdCreation();
    await ask('Slow to begin');
    await page.keyboard.press('Control+,');
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
    await goOn();
    await page.getByRole('link', { name: 'Slow to begin' }).waitFor();
    assert.equal(new URL(page.url()).pathname, '/settings');
    await page.getByRole('link', { name: 'Slow to begin' }).click();
    await page
      .getByRole('article', { name: /^Answer/ })
      .getByText('An answer.')
      .waitFor();
  });
});
