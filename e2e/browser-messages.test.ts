import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { launchBrowser, screenshot } from './support/browser.ts';
import { TOUR } from './support/markdown-tour.ts';
import { startReplayEngine, type ReplayEngine } from './support/replay-engine.ts';
import { seedConversation } from './support/seed-conversation.ts';
import { signedInPage } from './support/signed-in-page.ts';
import { TestStack } from './support/test-stack.ts';

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

describe('messages', () => {
  let engine: ReplayEngine;
  let stack: TestStack;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const problems: string[] = [];
  before(async () => {
    engine = await startReplayEngine({ text: TOUR });
    stack = await TestStack.start({ web: true, engine: engine.url });
    browser = await launchBrowser();
    context = await browser.newContext({ viewport: DESKTOP, permissions: ['clipboard-read', 'clipboard-write'] });
    page = await signedInPage(context, stack);
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  });
  after(async () => {
    await browser?.close();
    await stack?.[Symbol.asyncDispose]();
    await engine?.[Symbol.asyncDispose]();
  });

  const open = async (title: string, messages: Parameters<typeof seedConversation>[2]): Promise<string> => {
    const id = await seedConversation(stack.client, title, messages);
    await page.goto(`${stack.stack.url}/c/${id}`);
    await page.getByRole('article').last().waitFor();
    return id;
  };
  const answer = (): Locator => page.getByRole('article', { name: /^Answer/ }).last();
  const clipboard = (): Promise<string> => page.evaluate(() => navigator.clipboard.readText());
  const ask = async (text: string): Promise<void> => {
    await page.getByRole('textbox', { name: 'Message' }).fill(text);
    await page.keyboard.press('Enter');
  };

  it('are Markdown: headings, lists, tables, quotes, links that say where they lead', async () => {
    await open('Tour', [
      { content: 'Show me *everything*\nin two lines' },
      { content: TOUR, thinking: 'Hm, **let me see**.', metadata: { thinkingMs: 3_200 } },
    ]);
    await answer().getByRole('heading', { name: 'A tour', level: 3 }).waitFor();
    await answer().getByRole('table').getByRole('cell', { name: '42.5' }).waitFor();
    assert.equal(await answer().getByRole('checkbox', { name: 'Done' }).count(), 2);
    assert.equal(await answer().getByRole('checkbox', { name: 'To do' }).count(), 2);
    const link = answer().getByRole('link', { name: 'link (example.org)' });
    assert.equal(await link.getAttribute('rel'), 'noopener noreferrer nofollow');
    assert.equal(await link.getAttribute('target'), '_blank');
    await answer().getByRole('link', { name: 'a reference (docs.example.org)' }).waitFor();
    await answer().getByText('prices like $5 and $10 stay prices').waitFor();
    const question = page.getByRole('article', { name: 'You' });
    await question.locator('em', { hasText: 'everything' }).waitFor();
    assert.match((await question.innerText()).trim(), /^Show me everything\nin two lines/);
  });

  it('have footnotes that lead there and back', async () => {
    await answer().getByRole('link', { name: 'Footnote 1' }).click();
    const note = answer().getByRole('region', { name: 'Footnotes' }).getByRole('listitem');
    assert.match((await note.innerText()).trim(), /^What the note says, with code/);
    assert.equal(await note.evaluate((item) => item === document.activeElement), true);
    await answer().getByRole('link', { name: 'Back to the text' }).click();
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), '1');
  });

  it('show code in colours, copy it, and wrap it when asked', async () => {
    const code = answer().getByRole('figure').filter({ hasText: 'export async function greet' });
    await code.locator('span.text-code-keyword', { hasText: 'export' }).waitFor();
    await code.locator('span.text-code-comment', { hasText: 'The whole of it' }).waitFor();
    await code.getByRole('button', { name: 'Copy the code' }).click();
    assert.match(await clipboard(), /^\/\/ The whole of it\.\nexport async function greet[\s\S]+\n\}$/);
    const box = code.locator('pre');
    const isTooWide = () => box.evaluate((pre) => pre.scrollWidth > pre.clientWidth);
    assert.equal(await isTooWide(), true);
    await code.getByRole('button', { name: 'Wrap long lines' }).click();
    assert.equal(await isTooWide(), false);
    assert.equal(await code.locator('[style]').count(), 0, 'no styles in markup');
  });

  it('show formulas, with fonts of the relay, and the source of what is none', async () => {
    assert.equal(await answer().locator('.katex').count(), 4);
    assert.equal(await answer().locator('.katex-display').count(), 2);
    await answer().getByText('\\nonsense{x}').waitFor();
    const fonts = await page.evaluate(() => [...document.fonts].filter(({ status }) => status === 'loaded').length);
    assert.ok(fonts > 0, 'fonts are loaded');
  });

  it('draw diagrams, and show their source when it is wanted or they are none', async () => {
    const diagram = answer()
      .getByRole('figure')
      .filter({ has: page.locator('iframe') });
    await diagram.locator('iframe').scrollIntoViewIfNeeded();
    await page.frameLocator('iframe').getByText('Computer', { exact: true }).waitFor();
    const height = (await diagram.locator('iframe').boundingBox())?.height ?? 0;
    assert.ok(height > 20 && height < 600, String(height));
    await screenshot(page, 'messages-diagram');
    await diagram.getByRole('button', { name: 'Show the source' }).click();
    await diagram.getByText('flowchart LR').waitFor();
    await diagram.getByRole('button', { name: 'Copy the source' }).click();
    assert.match(await clipboard(), /^flowchart LR\n/);
    await diagram.getByRole('button', { name: 'Show the diagram' }).click();
    await page.frameLocator('iframe').getByText('Computer', { exact: true }).waitFor();

    await open('Broken', [{ content: 'Draw' }, { content: '```mermaid\nflowchart LR\n  A --> \n  -->\n```' }]);
    await answer().getByText('This diagram can’t be drawn.').waitFor();
    await answer().getByText('flowchart LR').waitFor();
    assert.equal(await page.locator('iframe').count(), 0);
  });

  it('never load a picture from elsewhere', async () => {
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    await open('Picture', [{ content: 'Show' }, { content: '![A cat](https://images.example.net/cat.png)' }]);
    await answer().getByText('A cat').waitFor();
    await answer().getByText('images.example.net').waitFor();
    const link = answer().getByRole('link', { name: 'Open image' });
    assert.equal(await link.getAttribute('href'), 'https://images.example.net/cat.png');
    assert.equal(await answer().locator('img').count(), 0);
    assert.deepEqual(
      requests.filter((url) => new URL(url).origin !== stack.stack.url),
      [],
    );
  });

  it('say how long a model thinks, and keep its thoughts folded', async () => {
    engine.script = { text: 'Forty-two.', thinking: 'Let me **think** about it.' };
    engine.hold();
    await page.getByRole('link', { name: 'New chat' }).click();
    await ask('What is the answer?');
    await answer()
      .getByText(/^Thinking, \d+ s$/)
      .waitFor();
    engine.release();
    await answer().getByText('Forty-two.').waitFor();
    const thoughts = answer().getByText(/^Thought for \d+ s$/);
    await thoughts.waitFor();
    assert.equal(await answer().getByText('Let me think').count(), 0);
    await thoughts.click();
    await answer().locator('strong', { hasText: 'think' }).waitFor();
    await answer().getByRole('button', { name: 'How it was made' }).click();
    await answer()
      .getByText(/tokens\/s$/)
      .waitFor();
    await answer().getByText('First word').waitFor();
    await screenshot(page, 'messages-thoughts');
  });

  it('tell how long one waits for their first word', async () => {
    engine.script = { text: 'At last.' };
    engine.hold();
    await ask('Are you there?');
    await answer()
      .getByText(/^\p{L}[^,]*, \d+ s$/u)
      .waitFor();
    engine.release();
    await answer().getByText('At last.').waitFor();
  });

  it('are copied as Markdown', async () => {
    engine.script = { text: 'Some **bold** `code`.' };
    await ask('Copy me');
    await answer().locator('strong', { hasText: 'bold' }).waitFor();
    await answer().getByRole('button', { name: 'Copy the answer as Markdown' }).click();
    assert.equal(await clipboard(), 'Some **bold** `code`.');
  });

  it('show the same when an answer has ended as while it was written, and nothing anew', async () => {
    engine.script = { text: TOUR, tokensPerSecond: 800 };
    await page.getByRole('link', { name: 'New chat' }).click();
    await ask('The tour, please');
    const heading = answer().getByRole('heading', { name: 'A tour' });
    await heading.waitFor();
    await heading.evaluate((element) => Object.assign(globalThis, { first: element }));
    await page.getByRole('button', { name: 'Answer again' }).waitFor();
    assert.equal(
      await heading.evaluate((element) => element === (globalThis as { first?: unknown }).first), // as: set above
      true,
    );
    await answer().locator('span.text-code-keyword', { hasText: 'export' }).waitFor();
    assert.equal(await answer().locator('.katex').count(), 4);
  });

  it('tell a screen reader what happens, never each word', async () => {
    const regions = page.locator('main [aria-live], main output, main [role=status], main [role=log]');
    assert.equal(await regions.filter({ has: page.getByRole('article') }).count(), 0);
    assert.equal(await page.getByRole('feed').locator('[aria-live]').count(), 0);
  });

  it('are read aloud where the browser has a voice, without the code', async () => {
    const reader = await context.newPage();
    // Debian's Chromium has no voices: the one thing that can't be had.
    await reader.addInitScript(() => {
      const said: string[] = [];
      const voices = {
        getVoices: () => [{}],
        speak: (utterance: { text: string }) => said.push(utterance.text),
        cancel: () => {},
        addEventListener: () => {},
        removeEventListener: () => {},
      };
      Object.defineProperty(globalThis, 'speechSynthesis', { value: voices });
      Object.assign(globalThis, { said });
    });
    const id = await seedConversation(stack.client, 'Aloud', [
      { content: 'Speak' },
      { content: 'One **bold** word.\n\n```\nno code\n```' },
    ]);
    await reader.goto(`${stack.stack.url}/c/${id}`);
    await reader.getByRole('button', { name: 'Read aloud' }).click();
    await reader.getByRole('button', { name: 'Stop reading' }).click();
    const said = await reader.evaluate(() => (globalThis as unknown as { said: string[] }).said); // as: set above
    assert.deepEqual([...new Set(said)], ['One bold word.']);
    await reader.close();
    assert.equal(await page.getByRole('button', { name: 'Read aloud' }).count(), 0);
  });

  it('fit a phone, in light and in dark', async () => {
    await page.goto(stack.stack.url);
    await page.getByRole('link', { name: 'Tour', exact: true }).click();
    await answer().getByRole('heading', { name: 'A tour' }).waitFor();
    for (const [name, viewport] of Object.entries({
      desktop: DESKTOP,
      phone: PHONE,
      narrow: { width: 320, height: 640 },
    })) {
      await page.setViewportSize(viewport);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await screenshot(page, `messages-${name}-${colorScheme}`);
      }
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.equal(overflow, 0, name);
      const isWithin = await answer().evaluate((row) => row.scrollWidth <= row.clientWidth + 1);
      assert.equal(isWithin, true, `${name}: nothing sticks out of the answer`);
    }
  });

  it('are read as they were written when what shows them can’t be fetched', async () => {
    const cut = await browser.newContext({ viewport: DESKTOP });
    await cut.route(/\/assets\/(?:markdown-block|drawn-formula|diagram)-/, (route) => route.abort());
    const reader = await signedInPage(cut, stack);
    const id = await seedConversation(stack.client, 'Cut', [{ content: 'Hi' }, { content: 'Some **bold** words.' }]);
    await reader.goto(`${stack.stack.url}/c/${id}`);
    await reader.getByText('Some **bold** words.').waitFor();
    await reader.getByRole('textbox', { name: 'Message' }).fill('Still here');
    await cut.close();
  });

  it('run without an error in the console', () => assert.deepEqual(problems, []));
});
