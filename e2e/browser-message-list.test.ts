import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { launchBrowser } from './support/browser.ts';
import { startReplayEngine, type ReplayEngine } from './support/replay-engine.ts';
import { seedConversation } from './support/seed-conversation.ts';
import { signedInPage } from './support/signed-in-page.ts';
import { TestStack, until } from './support/test-stack.ts';

const DESKTOP = { width: 1280, height: 800 };
const LONG_MESSAGES = 2_000;
/** Many pages, at the pace of a quick model: it is stopped, never at its end before a slow machine has looked. */
const LONG_ANSWER = { text: `${'A paragraph of the answer. '.repeat(12)}\n\n`.repeat(300), tokensPerSecond: 400 };

describe('the list of messages', () => {
  let engine: ReplayEngine;
  let stack: TestStack;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const problems: string[] = [];
  before(async () => {
    engine = await startReplayEngine(LONG_ANSWER);
    stack = await TestStack.start({ web: true, engine: engine.url });
    browser = await launchBrowser();
    context = await browser.newContext({ viewport: DESKTOP });
    page = await signedInPage(context, stack);
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  });
  after(async () => {
    await browser?.close();
    await stack?.[Symbol.asyncDispose]();
    await engine?.[Symbol.asyncDispose]();
  });

  const scroller = (): Locator => page.locator('main .overflow-y-auto').first();
  const topOf = (): Promise<number> => scroller().evaluate((box) => box.scrollTop);
  const height = (): Promise<number> => scroller().evaluate((box) => box.scrollHeight);
  const fromEnd = (): Promise<number> =>
    scroller().evaluate((box) => Math.round(box.scrollHeight - box.clientHeight - box.scrollTop));
  const ask = async (text: string): Promise<void> => {
    await page.getByRole('textbox', { name: 'Message' }).fill(text);
    await page.getByRole('button', { name: 'Send' }).click();
  };
  const moreIsWritten = async (pixels: number): Promise<void> => {
    const before = await height();
    await until('more is written', 20_000, async () => (await height()) > before + pixels);
  };

  it('follows what is written, lets go when the person scrolls up, and goes to the newest again', async () => {
    await ask('Write a lot');
    await page.getByRole('button', { name: 'Stop' }).waitFor();
    await moreIsWritten(1_500);
    assert.ok((await fromEnd()) < 100, 'the newest line is in view');
    await scroller().hover();
    await page.mouse.wheel(0, -600);
    await page.getByRole('button', { name: 'Go to the newest' }).waitFor();
    const top = await topOf();
    await moreIsWritten(500);
    assert.equal(await topOf(), top, 'what is read stays where it is');
    await page.getByRole('button', { name: 'Go to the newest' }).click();
    await until('the end is in view', 5_000, async () => (await fromEnd()) < 100);
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Answer again' }).waitFor();
    await until('the end is in view', 5_000, async () => (await fromEnd()) < 5);
  });

  it('lets go of who scrolls up slowly, and holds on when they come back down', async () => {
    await ask('Write as much again');
    await page.getByRole('button', { name: 'Stop' }).waitFor();
    await moreIsWritten(1_000);
    await scroller().hover();
    for (let step = 0; step < 5; step += 1) {
      await page.mouse.wheel(0, -12);
      await moreIsWritten(1);
    }
    const top = await topOf();
    await moreIsWritten(300);
    assert.equal(await topOf(), top, 'what is read stays where it is');
    assert.ok((await fromEnd()) > 200);
    await page.mouse.wheel(0, 100_000);
    await until('the newest line is in view', 5_000, async () => (await fromEnd()) < 5);
    await moreIsWritten(300);
    assert.ok((await fromEnd()) < 100, 'and stays in view');
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Answer again' }).waitFor();
  });

  it('can be pointed at while it scrolls along with what is written', async () => {
    await ask('Write once more');
    await page.getByRole('button', { name: 'Stop' }).waitFor();
    await moreIsWritten(1_000);
    assert.ok((await fromEnd()) < 100, 'the newest line is in view');
    for (let look = 0; look < 10; look++) {
      await moreIsWritten(1);
      // What is in the middle is a message, not a list that hears of no press while it scrolls.
      const isMessage = await scroller().evaluate((box) => {
        const { x, y, width, height } = box.getBoundingClientRect();
        const middle = document.elementFromPoint(x + width / 2, y + height / 2);
        return Boolean(middle?.closest('[data-message]'));
      });
      assert.ok(isMessage);
    }
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Answer again' }).waitFor();
  });

  it('has only the rows around what is seen, however many there are, and in their order', async () => {
    const messages = Array.from({ length: LONG_MESSAGES }, (_, index) => ({
      content:
        index % 2 === 0
          ? `Question number ${index}`
          : `Answer number ${index}.\n\n- with\n- a list\n\n\`\`\`ts\nconst a = ${index};\n\`\`\``,
    }));
    const id = await seedConversation(stack.client, 'Long', messages);
    await page.goto(`${stack.stack.url}/c/${id}`);
    await page.getByText(`Answer number ${LONG_MESSAGES - 1}.`).waitFor();
    assert.ok((await page.getByRole('article').count()) < 60);
    await until('the end is in view', 5_000, async () => (await fromEnd()) < 5);
    const numbers = async (): Promise<number[]> =>
      (await page.getByRole('article').allTextContents()).map((text) => Number(/number (\d+)/.exec(text)?.[1]));
    const shown = await numbers();
    assert.deepEqual(
      shown,
      shown.toSorted((a, b) => a - b),
    );
    await scroller().evaluate((box) => box.scrollTo(0, box.scrollHeight / 2));
    await until('the middle is there', 5_000, async () => (await numbers()).some((one) => one > 600 && one < 1_400));
    await scroller().evaluate((box) => box.scrollTo(0, 0));
    await page.getByText('Question number 0', { exact: true }).waitFor();
  });

  it('keeps a question that is being put in other words, however far away one scrolls', async () => {
    const question = page.getByRole('article', { name: 'You' }).first();
    await question.hover();
    await question.getByRole('button', { name: 'Edit the question' }).click();
    const field = page.getByRole('textbox', { name: 'Question' });
    await field.fill('Half of other words');
    await page.getByRole('textbox', { name: 'Message' }).focus();
    await scroller().evaluate((box) => box.scrollTo(0, box.scrollHeight));
    await page.getByText(`Answer number ${LONG_MESSAGES - 1}.`).waitFor();
    await until('other rows are there', 5_000, async () => (await page.getByText('Answer number 1.').count()) === 0);
    assert.equal(await field.inputValue(), 'Half of other words');
    await page.getByRole('form', { name: 'Edit the question' }).getByRole('button', { name: 'Cancel' }).click();
  });

  it('shows what was found in the middle of many', async () => {
    await page.getByRole('searchbox').fill('"number 1000"');
    const found = page.getByRole('navigation', { name: 'Search results' }).getByRole('link').first();
    await found.waitFor();
    await found.click();
    const row = page.getByText('Question number 1000', { exact: true });
    await row.waitFor();
    await page.locator('.found').waitFor();
    const place = await row.boundingBox();
    assert.ok(place && place.y > 0 && place.y < DESKTOP.height, JSON.stringify(place));
    await page.getByRole('button', { name: 'Clear the search' }).click();
  });

  it('runs without an error in the console', () => assert.deepEqual(problems, []));
});
