import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchBrowser, screenshot } from './support/browser.ts';
import { HOSTILE_ANSWERS } from './support/hostile-answers.ts';
import { startReplayEngine, type ReplayEngine } from './support/replay-engine.ts';
import { seedConversation } from './support/seed-conversation.ts';
import { signedInPage } from './support/signed-in-page.ts';
import { TestStack, until } from './support/test-stack.ts';

/** Less than what is seen at a time: every message is on the page at some time. */
const STEP_PX = 500;

describe('hostile answers in a browser', () => {
  let engine: ReplayEngine;
  let stack: TestStack;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  /** All that must not happen: dialogs, other pages, requests elsewhere, errors and refusals of the browser. */
  const happened: string[] = [];
  before(async () => {
    engine = await startReplayEngine({ text: '' });
    stack = await TestStack.start({ web: true, engine: engine.url });
    browser = await launchBrowser();
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    page = await signedInPage(context, stack);
    page.on('dialog', (dialog) => {
      happened.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('pageerror', (error) => happened.push(`error: ${String(error)}`));
    page.on(
      'console',
      (message) =>
        message.type() === 'error' &&
        happened.push(`console: ${message.text()} ${message.location().url}:${message.location().lineNumber}`),
    );
    page.on('download', (download) => happened.push(`download: ${download.url()}`));
    context.on('page', (other) => happened.push(`page: ${other.url()}`));
    context.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      if (origin !== stack.stack.url && protocol !== 'blob:') happened.push(`request: ${request.url()}`);
    });
  });
  after(async () => {
    await browser?.close();
    await stack?.[Symbol.asyncDispose]();
    await engine?.[Symbol.asyncDispose]();
  });

  /** What of the messages on the page is more than text and the app's own elements. */
  const foreign = (): Promise<string[]> =>
    page.getByRole('feed').evaluate((feed) =>
      [...feed.querySelectorAll('*')].flatMap((element) => {
        const isOwnFrame =
          element instanceof HTMLIFrameElement &&
          element.getAttribute('src') === '/diagram.html' &&
          element.getAttribute('sandbox') === 'allow-scripts';
        const isForeign =
          (/^(?:script|img|iframe|object|embed|form|base|meta|link|style|video|audio|dialog)$/i.test(element.tagName) &&
            !isOwnFrame) ||
          element.getAttributeNames().some((name) => name.startsWith('on') || name === 'srcdoc') ||
          /url\(|expression/i.test(element.getAttribute('style') ?? '') ||
          getComputedStyle(element).position === 'fixed' ||
          (element instanceof HTMLAnchorElement && !/^(?:https?|mailto|blob):/.test(element.protocol + element.href));
        return isForeign ? [element.outerHTML.slice(0, 200)] : [];
      }),
    );

  it('are only read: whichever is on the page, nothing happens', async () => {
    const messages = HOSTILE_ANSWERS.flatMap(({ text }, index) => [{ content: `Case ${index}.` }, { content: text }]);
    const id = await seedConversation(stack.client, 'Hostile', messages);
    await page.goto(`${stack.stack.url}/c/${id}`);
    const scroller = page.locator('main .overflow-y-auto').first();
    await page.getByText(`Case ${HOSTILE_ANSWERS.length - 1}.`).waitFor();
    await scroller.evaluate((box) => box.scrollTo(0, 0));
    await page.getByText('Case 0.').waitFor();
    const seen = new Set<string>();
    for (let isAtEnd = false; !isAtEnd;) {
      for (const question of await page.getByRole('article', { name: 'You' }).allTextContents()) seen.add(question);
      assert.deepEqual(await foreign(), []);
      const drawing = page.getByText('Drawing the diagram');
      await until('diagrams are drawn or given up', 30_000, async () => (await drawing.count()) === 0);
      assert.deepEqual(happened, []);
      isAtEnd = await scroller.evaluate(async (box, step) => {
        const isLast = box.scrollTop + box.clientHeight >= box.scrollHeight - 1;
        // Of what is longer than any page, the beginning and the end are seen.
        const row = document.elementFromPoint(innerWidth / 2, innerHeight / 2)?.closest('[data-message]');
        box.scrollBy(0, Math.max(step, (row?.getBoundingClientRect().bottom ?? 0) - innerHeight / 2));
        // Two frames: rows are mounted, measured and moved.
        for (const _ of [1, 2]) await new Promise((resolve) => requestAnimationFrame(resolve));
        return isLast;
      }, STEP_PX);
    }
    for (const [index, { name }] of HOSTILE_ANSWERS.entries()) {
      assert.ok(
        [...seen].some((text) => text.includes(`Case ${index}.`)),
        `${name} was on the page`,
      );
    }
    await screenshot(page, 'hostile');
  });

  it('leave the page as quick as it was', async () => {
    await page.getByRole('textbox', { name: 'Message' }).fill('Still there?');
    assert.equal(await page.getByRole('textbox', { name: 'Message' }).inputValue(), 'Still there?');
    assert.equal(new URL(page.url()).origin, stack.stack.url);
    assert.equal(await page.evaluate(() => ({}).constructor === Object && !('polluted' in {})), true);
  });

  it('are as harmless while they are written', async () => {
    const streamed = HOSTILE_ANSWERS.filter(({ text }) => text.length < 2_000);
    engine.script = { text: streamed.map(({ text }) => text).join('\n\n'), thinking: '<img src=x onerror=alert(1)>' };
    await page.getByRole('link', { name: 'New chat' }).click();
    await page.getByRole('textbox', { name: 'Message' }).fill('Do your worst');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Answer again' }).waitFor();
    assert.deepEqual(await foreign(), []);
    assert.deepEqual(happened, []);
  });

  it('draw diagrams where nothing of the app can be reached', async () => {
    const text = '```mermaid\nflowchart LR\n  A[Quiet] --> B\n```';
    const id = await seedConversation(stack.client, 'Frame', [{ content: 'Draw' }, { content: text }]);
    await page.goto(`${stack.stack.url}/c/${id}`);
    await page.frameLocator('iframe').getByText('Quiet').waitFor();
    const frame = page.frames().find((one) => one.url().endsWith('/diagram.html'));
    assert.ok(frame);
    const found = await frame.evaluate(async () => {
      const tries: Record<string, () => unknown> = {
        origin: () => self.origin,
        storage: () => localStorage.length,
        cookies: () => document.cookie,
        parent: () => parent.document.title,
        top: () => top?.location.href,
        dialog: () => confirm('x'),
        popup: () => open('about:blank'),
      };
      const results: Record<string, string> = {};
      for (const [name, attempt] of Object.entries(tries)) {
        try {
          results[name] = JSON.stringify(attempt());
        } catch (error) {
          results[name] = (error as Error).name; // as: browsers throw errors
        }
      }
      results['network'] = await fetch('/api/health').then(
        () => 'reached',
        () => 'refused',
      );
      return results;
    });
    // The tries themselves are what the browser notes.
    happened.length = 0;
    assert.deepEqual(found, {
      origin: '"null"',
      storage: 'SecurityError',
      cookies: 'SecurityError',
      parent: 'SecurityError',
      top: 'SecurityError',
      dialog: 'false',
      popup: 'null',
      network: 'refused',
    });
  });
});
