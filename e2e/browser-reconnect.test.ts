import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, screenshot } from './support/browser.ts';
import { startReplayEngine, type ReplayEngine } from './support/replay-engine.ts';
import { signedInPage } from './support/signed-in-page.ts';
import { TestStack } from './support/test-stack.ts';

const WORDS = Array.from({ length: 400 }, (_, index) => `word${index}`).join(' ');

describe('an answer whose relay is killed in the middle', () => {
  let engine: ReplayEngine;
  let stack: TestStack;
  let browser: Browser;
  let page: Page;
  before(async () => {
    engine = await startReplayEngine({ text: WORDS, tokensPerSecond: 20 });
    stack = await TestStack.start({ web: true, engine: engine.url });
    browser = await launchBrowser();
    page = await signedInPage(await browser.newContext({ viewport: { width: 1280, height: 800 } }), stack);
  });
  after(async () => {
    await browser?.close();
    await stack?.[Symbol.asyncDispose]();
    await engine?.[Symbol.asyncDispose]();
  });

  it('says that the connection is lost, keeps what was said, and goes on when the relay is back', async () => {
    await page.getByRole('main').getByText('replay:latest').first().waitFor();
    await page.getByRole('textbox', { name: 'Message' }).fill('Count');
    await page.keyboard.press('Enter');
    const answer = page.getByRole('article').nth(1);
    await answer.getByText('word5').waitFor();
    const { process: relay } = stack.stack.relay;
    relay.kill('SIGKILL');
    await once(relay, 'exit');
    await page.getByText('Connection lost. Reconnecting…').waitFor();
    await screenshot(page, 'reconnecting');
    assert.match((await answer.textContent()) ?? '', /word0 word1 word2/);
    await stack.stack.startRelay();
    await page.getByText('The answer was interrupted').waitFor({ timeout: 60_000 });
    await page.getByText('Connection lost. Reconnecting…').waitFor({ state: 'detached' });
    assert.match((await answer.textContent()) ?? '', /word0 word1 word2/);
    await stack.untilBridge({ status: 'connected', ollamaStatus: 'connected' }, 40_000);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Stop' }).waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('Stopped').first().waitFor();
  });
});
