import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchBrowser } from './support/browser.ts';
import { startReplayEngine, type ReplayEngine } from './support/replay-engine.ts';
import { seedConversation } from './support/seed-conversation.ts';
import { signedInPage } from './support/signed-in-page.ts';
import { TestStack } from './support/test-stack.ts';

describe('a conversation', () => {
  let engine: ReplayEngine;
  let stack: TestStack;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  before(async () => {
    engine = await startReplayEngine({ text: 'An answer.' });
    stack = await TestStack.start({ web: true, engine: engine.url });
    browser = await launchBrowser();
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    page = await signedInPage(context, stack);
    page.setDefaultTimeout(12_000);
  });
  after(async () => {
    await browser?.close();
    await stack?.[Symbol.asyncDispose]();
    await engine?.[Symbol.asyncDispose]();
  });

  it('leaves the list when it is archived, is found in the archive and by its words, and comes back', async () => {
    await seedConversation(stack.client, 'Put away', [{ content: 'Rhubarb' }, { content: 'A plant.' }]);
    const act = async (name: string): Promise<void> => {
      await page.getByRole('button', { name: 'What to do with “Put away”' }).click();
      await page.getByRole('menuitem', { name, exact: true }).click();
    };
    const listed = page.getByRole('navigation', { name: 'Conversations', exact: true }).getByRole('link', {
      name: 'Put away',
    });
    await page.reload();
    await listed.waitFor();
    await act('Archive');
    await listed.waitFor({ state: 'detached' });

    await page.getByRole('searchbox').fill('Rhubarb');
    const results = page.getByRole('navigation', { name: 'Search results' });
    await results.getByText('· archived').waitFor();
    await page.getByRole('button', { name: 'Clear the search' }).click();

    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Archived conversations' }).click();
    const archive = page.getByRole('navigation', { name: 'Archived conversations' });
    await archive.getByRole('link', { name: 'Put away' }).click();
    await page.getByRole('article', { name: 'You' }).getByText('Rhubarb').waitFor();
    await act('Take out of the archive');
    await archive.getByText('Nothing is archived.').waitFor();
    await page.reload();
    await listed.waitFor();
  });
});
