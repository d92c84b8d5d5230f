import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { SENTENCE } from '../dev/engine/write-model.ts';
import { accessibilityProblems } from './support/accessibility.ts';
import { launchBrowser, screenshot } from './support/browser.ts';
import { signedInDevice, signOutOfIssuer } from './support/device.ts';
import { TestStack, until } from './support/test-stack.ts';

describe('the app without a network', () => {
  let stack: TestStack;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];
  before(async () => {
    stack = await TestStack.start({ web: true, engineArgs: ['--tokens-per-second', '200'] });
    browser = await launchBrowser();
    page = await signedInDevice(browser, stack, { viewport: { width: 1024, height: 768 } });
    page.on('pageerror', (error) => problems.push(String(error)));
  });
  after(async () => {
    await browser?.close();
    await stack?.[Symbol.asyncDispose]();
  });

  const ask = async (on: Page, text: string): Promise<void> => {
    await on.getByRole('textbox', { name: 'Message' }).fill(text);
    await on.getByRole('button', { name: 'Send', exact: true }).click();
    await on.getByText(SENTENCE).last().waitFor();
  };
  const banner = (on: Page) => on.getByText('You’re offline.');
  /** What this browser keeps of the person, by name. */
  const kept = (on: Page): Promise<{ threads: number; databases: string[]; local: string[]; cached: string[] }> =>
    on.evaluate(async () => {
      const databases = (await indexedDB.databases()).map(({ name = '' }) => name);
      const threads = databases.includes('cloudtolocalllm')
        ? await new Promise<number>((resolve, reject) => {
            const opening = indexedDB.open('cloudtolocalllm');
            opening.addEventListener('error', () => reject(new Error('not opened')));
            opening.addEventListener('success', () => {
              const counting = opening.result.transaction('threads').objectStore('threads').count();
              counting.addEventListener('success', () => {
                opening.result.close();
                resolve(counting.result);
              });
            });
          })
        : 0;
      const files = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
      const cached = files.flat().map(({ url }) => new URL(url).pathname);
      return { threads, databases, local: Object.keys(localStorage), cached };
    });

  it('keeps the app itself and what was read, and nothing of the relay’s answers', async () => {
    await ask(page, 'What can be read on the train?');
    await until('the conversation is kept', 10_000, async () => (await kept(page)).threads === 1);
    await until('the worker is there', 10_000, () =>
      page.evaluate(async () => (await navigator.serviceWorker.ready).active?.state === 'activated'),
    );
    const { cached } = await kept(page);
    assert.ok(cached.includes('/index.html'));
    assert.ok(cached.some((path) => path.endsWith('.css')));
    assert.deepEqual(
      cached.filter((path) => /^\/(api|v1|ollama|oidc|proxy|ws|auth)/.test(path)),
      [],
    );
  });

  it('shows the conversation after a reload without a network, says from when it is, and takes no question', async () => {
    await page.context().setOffline(true);
    await page.reload();
    await banner(page).waitFor();
    await page.getByText(SENTENCE).waitFor();
    await page.getByText(/^Saved \w.+\.$/).waitFor();
    await page.getByRole('link', { name: 'What can be read on the train?' }).waitFor();
    await page.getByRole('textbox', { name: 'Message' }).fill('Are we there yet?');
    assert.equal(await page.getByRole('button', { name: 'Send' }).isDisabled(), true);
    await page.getByText('Questions can be asked when you’re online again').waitFor();
    await screenshot(page, 'offline-conversation');
    assert.deepEqual(await accessibilityProblems(page), []);
  });

  it('opens its other pages, and says so of a conversation that is not kept', async () => {
    await page.goto(`${stack.stack.url}/settings`);
    await page.getByRole('heading', { name: 'Settings', exact: true }).waitFor();
    await page.goto(`${stack.stack.url}/c/conv-00000000-0000-4000-8000-000000000000`);
    await page.getByText('This conversation isn’t on this device').waitFor();
    await page.goBack();
    await page.goBack();
    await page.getByText(SENTENCE).waitFor();
  });

  it('catches up by itself when the network is back, the draft still there', async () => {
    const [conversation] = (await stack.client.conversations.list()).conversations;
    assert.ok(conversation);
    const answer = stack.client.messages.send(conversation.id, 'Asked elsewhere meanwhile');
    for await (const event of answer) if (event.type === 'complete') break;
    await page.context().setOffline(false);
    await page.getByText('Asked elsewhere meanwhile').waitFor();
    await banner(page).waitFor({ state: 'detached' });
    const field = page.getByRole('textbox', { name: 'Message' });
    assert.equal(await field.inputValue(), 'Are we there yet?');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await until('the question is asked', 10_000, async () => (await page.getByText(SENTENCE).count()) === 3);
  });

  it('says it too when the relay itself is away', async () => {
    await stack.stack.relay.stop();
    await page.reload();
    await banner(page).waitFor();
    await page.getByText(SENTENCE).first().waitFor();
    await stack.stack.startRelay();
    await banner(page).waitFor({ state: 'detached', timeout: 30_000 });
    await stack.untilBridge({ status: 'connected', ollamaStatus: 'connected' }, 40_000);
  });

  it('forgets a conversation that is deleted on another device', async () => {
    const { conversations } = await stack.client.conversations.list();
    await until('the conversation is kept', 10_000, async () => (await kept(page)).threads === 1);
    for (const { id } of conversations) await stack.client.conversations.delete(id);
    await until('it is gone', 10_000, async () => (await kept(page)).threads === 0);
  });

  it('forgets a conversation that was deleted while no page was open', async () => {
    await page.goto(stack.stack.url);
    await ask(page, 'Soon gone');
    await until('the conversation is kept', 10_000, async () => (await kept(page)).threads === 1);
    await page.goto('about:blank');
    for (const { id } of (await stack.client.conversations.list()).conversations) {
      await stack.client.conversations.delete(id);
    }
    await page.goto(stack.stack.url);
    await until('it is gone', 10_000, async () => (await kept(page)).threads === 0);
  });

  it('leaves nothing of the person in the browser after they sign out', async () => {
    await page.goto(stack.stack.url);
    await ask(page, 'A secret question');
    await page.getByRole('textbox', { name: 'Message' }).fill('A secret draft');
    await until('the conversation is kept', 10_000, async () => (await kept(page)).threads === 1);
    await page.goto(`${stack.stack.url}/settings`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await signOutOfIssuer(page);
    await until('the database is gone', 10_000, async () => (await kept(page)).databases.length === 0);
    const { local, cached } = await kept(page);
    // How the sign-in page looks is this browser's.
    assert.deepEqual(
      local.filter((key) => key !== 'cloudtolocalllm.settings'),
      [],
    );
    assert.deepEqual(
      cached.filter((path) => path.startsWith('/api') || path.includes('conv-')),
      [],
    );
    const settings = await page.evaluate(() => localStorage.getItem('cloudtolocalllm.settings') ?? '');
    assert.doesNotMatch(settings, /secret|model|prompt/i);
    assert.deepEqual(problems, []);
  });
});
