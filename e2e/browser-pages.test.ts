import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { accessibilityProblems } from './support/accessibility.ts';
import { launchBrowser, screenshot } from './support/browser.ts';
import { TOUR } from './support/markdown-tour.ts';
import { seedConversation } from './support/seed-conversation.ts';
import { signedInPage } from './support/signed-in-page.ts';
import { TestStack, until } from './support/test-stack.ts';
import { smallTargets } from './support/touch-targets.ts';

/** The narrowest phone, a phone, a tablet, a laptop, the widest screen. */
const WIDTHS = [320, 390, 1024, 1600, 2560];
const THEMES = ['light', 'dark'] as const;

/** What the other browser tests look at piece by piece, here page by page: readable, in width, without an error. */
describe('every page', () => {
  let stack: TestStack;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let pages: Record<string, { path: string; ready: RegExp | string }>;
  const problems: string[] = [];
  before(async () => {
    stack = await TestStack.start({ web: true });
    browser = await launchBrowser();
    context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' });
    page = await signedInPage(context, stack);
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    const conversation = await seedConversation(stack.client, 'A tour', [{ content: 'Show me' }, { content: TOUR }]);
    await stack.client.keys.create({ name: 'Laptop scripts', scopes: ['inference'] });
    const bridgeId = await stack.bridgeId();
    const { proxyId } = await stack.client.proxies.create(bridgeId, { name: 'For Ada' });
    pages = {
      'new chat': { path: '/', ready: 'Message' },
      conversation: { path: `/c/${conversation}`, ready: 'A tour' },
      computers: { path: '/computers', ready: 'Computers' },
      computer: { path: `/computers/${bridgeId}`, ready: 'tiny-demo:latest' },
      keys: { path: '/access', ready: 'Laptop scripts' },
      proxies: { path: '/access/proxies', ready: 'For Ada' },
      proxy: { path: `/access/proxies/${proxyId}`, ready: 'For Ada' },
      activity: { path: '/access/activity', ready: /Today/ },
      limits: { path: '/access/limits', ready: /Requests/ },
      settings: { path: '/settings', ready: 'Settings' },
      guide: { path: '/welcome', ready: 'Connect a computer' },
    };
  });
  after(async () => {
    await browser?.close();
    await stack?.[Symbol.asyncDispose]();
  });

  async function open(name: string): Promise<void> {
    const { path, ready } = pages[name]!; // the tests are made of their names
    await page.goto(stack.stack.url + path);
    const main = page.getByRole('main');
    await (
      name === 'new chat' ? page.getByRole('textbox', { name: 'Message' }) : main.getByText(ready).first()
    ).waitFor();
  }

  /** What moves. */
  const running = (): Promise<string[]> =>
    page.evaluate(() =>
      document
        .getAnimations()
        .filter(({ playState }) => playState === 'running')
        .map(({ effect }) => (effect instanceof KeyframeEffect ? (effect.target?.className ?? '') : '')),
    );

  const NAMES = [
    'new chat',
    'conversation',
    'computers',
    'computer',
    'keys',
    'proxies',
    'proxy',
    'activity',
    'limits',
    'settings',
    'guide',
  ];
  for (const name of NAMES) {
    it(`${name}: fits every width, and axe finds nothing in either theme`, { timeout: 120_000 }, async () => {
      await open(name);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        assert.equal(overflow, 0, `${width} px`);
        if (width === 390) {
          assert.deepEqual(await smallTargets(page), [], 'too small for a finger');
          assert.deepEqual(await running(), [], 'moves for who wants nothing to move');
        }
        for (const colorScheme of width === 390 || width === 1600 ? THEMES : []) {
          await page.emulateMedia({ colorScheme });
          assert.deepEqual(await accessibilityProblems(page), [], `${colorScheme}, ${width} px`);
          await screenshot(page, `page-${name.replace(' ', '-')}-${width}-${colorScheme}`);
        }
      }
    });
  }

  it('the drawer of a phone can be hit with a finger, and nothing of it moves for who wants that', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await open('conversation');
    await page.getByRole('button', { name: 'Open the menu' }).click();
    await page.getByRole('dialog').getByRole('link', { name: 'Settings' }).waitFor();
    assert.deepEqual(await running(), []);
    assert.deepEqual(await smallTargets(page), []);
    await page.keyboard.press('Escape');
  });

  it('stays clear of what a phone puts over its edges', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    const debug = await context.newCDPSession(page);
    await debug.send('Emulation.setSafeAreaInsetsOverride', { insets: { top: 47, bottom: 34 } });
    for (const name of ['conversation', 'computers']) {
      await open(name);
      const menu = await page.getByRole('button', { name: 'Open the menu' }).boundingBox();
      assert.ok(menu !== null && menu.y >= 47, `${name}: the header begins at ${menu?.y}`);
    }
    await open('conversation');
    const field = await page.getByRole('textbox', { name: 'Message' }).boundingBox();
    assert.ok(field !== null && field.y + field.height <= 844 - 34, 'the composer is above the bar');
    await page.getByRole('button', { name: 'Open the menu' }).click();
    const title = await page.getByRole('dialog').getByText('CloudToLocalLLM').boundingBox();
    assert.ok(title !== null && title.y >= 47, `the drawer begins at ${title?.y}`);
    await page.keyboard.press('Escape');
    await debug.send('Emulation.setSafeAreaInsetsOverride', { insets: {} });
    await debug.detach();
  });

  it('a paragraph goes the way its words go', async () => {
    await open('conversation');
    const directionOf = (words: string): Promise<string> =>
      page
        .getByText(words)
        .first()
        .evaluate((paragraph) => getComputedStyle(paragraph).direction);
    // Each is drawn anew once Markdown has come.
    await until('Arabic goes from the right', 10_000, async () => (await directionOf('مرحبا بالعالم')) === 'rtl');
    await until('English from the left', 10_000, async () => (await directionOf('Something with a note')) === 'ltr');
  });

  it('the keyboard reaches what the pointer reaches: palette, shortcuts, sidebar', async () => {
    await page.setViewportSize({ width: 1280, height: 900 });
    await open('new chat');
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').getByRole('combobox').fill('limits of nothing');
    await page.getByText('Nothing by that name').waitFor();
    await page.getByRole('dialog').getByRole('combobox').fill('A tour');
    await page.getByRole('option', { name: 'A tour' }).waitFor();
    assert.deepEqual(await accessibilityProblems(page), []);
    await page.keyboard.press('Enter');
    await page.getByRole('main').getByText('Show me').first().waitFor();
    await page.keyboard.press('Control+Shift+s');
    await page.getByRole('complementary', { name: 'Sidebar' }).waitFor({ state: 'detached' });
    await page.keyboard.press('Control+Shift+f');
    await page.getByRole('searchbox').waitFor();
    await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'searchbox');
    await page.keyboard.press('Shift+Escape');
    await page.waitForFunction(() => document.activeElement?.id === 'composer');
    await page.keyboard.press('Control+,');
    await page.waitForURL('**/settings');
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    assert.deepEqual(await accessibilityProblems(page), []);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+Shift+o');
    await page.getByRole('textbox', { name: 'Message' }).waitFor();
  });

  it('a page or a list that can’t be fetched says so, takes nothing along, and can be tried again', async () => {
    // A service worker would have them already.
    const fresh = await browser.newContext({ viewport: { width: 1280, height: 900 }, serviceWorkers: 'block' });
    const visit = await signedInPage(fresh, stack);
    const cut: string[] = [];
    await visit.route(/\/(settings-page|model-popup|menu-popup)-[^/]*\.js/, (route) => {
      const name = /[a-z]+-[a-z]+/.exec(new URL(route.request().url()).pathname.split('/').at(-1)!)![0]; // the pattern above
      if (cut.includes(name)) return route.continue();
      cut.push(name);
      return route.abort();
    });
    const picker = visit.getByRole('combobox', { name: /^Model/ });
    await picker.click();
    await visit.getByText('This couldn’t be loaded. Try again').waitFor();
    await picker.click();
    await visit.getByRole('option').first().waitFor();
    await visit.keyboard.press('Escape');
    await visit.getByRole('complementary').getByRole('button', { name: 'More', exact: true }).click();
    await visit.getByText('This couldn’t be loaded. Try again').nth(1).waitFor();
    await visit.getByRole('complementary').getByRole('button', { name: 'More', exact: true }).click();
    await visit.getByRole('menuitem', { name: 'Sign out' }).waitFor();
    await visit.keyboard.press('Escape');
    await visit.getByRole('link', { name: 'Settings' }).click();
    await visit.getByRole('heading', { level: 1, name: 'This page couldn’t be loaded' }).waitFor();
    assert.deepEqual(await accessibilityProblems(visit), []);
    await visit.getByRole('button', { name: 'Try again' }).click();
    await visit.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
    assert.deepEqual(cut, ['model-popup', 'menu-popup', 'settings-page']);
    await fresh.close();
  });

  it('runs without an error in the console', () => assert.deepEqual(problems, []));
});
