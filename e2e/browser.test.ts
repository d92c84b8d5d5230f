import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { SENTENCE } from '../dev/engine/write-model.ts';
import { launchBrowser, screenshot } from './support/browser.ts';
import { TestStack, until } from './support/test-stack.ts';

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

describe('the web app', () => {
  let stack: TestStack;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const problems: string[] = [];
  before(async () => {
    stack = await TestStack.start({ web: true, engineArgs: ['--tokens-per-second', '25'] });
    browser = await launchBrowser();
    context = await browser.newContext({ viewport: DESKTOP });
    page = await context.newPage();
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  });
  after(async () => {
    await browser.close();
    await stack[Symbol.asyncDispose]();
  });

  /** The texts that the newest answer has had, one per change. */
  async function watchAnswer(): Promise<() => Promise<string[]>> {
    await page.evaluate(() => {
      const seen: string[] = [];
      Object.assign(globalThis, { seen });
      const look = (): void => {
        const answer = [...document.querySelectorAll('article')].at(-1)?.textContent ?? '';
        if (answer !== seen.at(-1)) seen.push(answer);
      };
      new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
    });
    return () => page.evaluate(() => (globalThis as unknown as { seen: string[] }).seen); // set above
  }

  it('signs a person in', async () => {
    await page.goto(stack.stack.url);
    await screenshot(page, 'sign-in');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel('Password', { exact: true }).fill('not the password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Account or password is wrong.').waitFor();
    assert.match(problems.splice(0).join(), /^[^,]*status of 401[^,]*$/, 'the browser notes the refusal');
    await screenshot(page, 'issuer');
    await page.getByLabel('Password', { exact: true }).fill(stack.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('textbox', { name: 'Message' }).waitFor();
    assert.equal(new URL(page.url()).origin, stack.stack.url);
    assert.doesNotMatch(page.url(), /code=|token/);
  });

  it('shows the computer at home, its model, and that the engine is a demo', async () => {
    await page.getByText('Demo engine: answers every question with the same sentence').first().waitFor();
    await page.getByText('tiny-demo').first().waitFor();
    await screenshot(page, 'empty');
  });

  it('shows an answer word by word', async () => {
    const texts = await watchAnswer();
    await page.getByRole('textbox', { name: 'Message' }).fill('What are you?');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('button', { name: 'Stop' }).waitFor();
    await page.getByText('running on a real').waitFor();
    await screenshot(page, 'streaming');
    await page.getByText(SENTENCE).waitFor();
    const seen = (await texts()).filter((text) => text.includes('Hello from'));
    assert.ok(seen.length > 10, `${seen.length} different texts`);
    for (const [index, text] of seen.slice(1, -1).entries()) {
      assert.ok(text.length >= (seen[index]?.length ?? 0), 'an answer only grows');
    }
    await page.getByRole('button', { name: 'Send' }).waitFor();
    await screenshot(page, 'answered');
  });

  it('shows the conversation again after a reload', async () => {
    await page.reload();
    await page.getByText('What are you?').first().waitFor();
    await page.getByText(SENTENCE).waitFor();
    assert.equal(await page.getByRole('article').count(), 2);
  });

  it('goes on showing an answer that was being made when the page was reloaded', async () => {
    await page.getByRole('textbox', { name: 'Message' }).fill('And once more?');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('article').nth(3).getByText('Hello from').waitFor();
    await page.reload();
    await page.getByRole('article').nth(3).getByText(SENTENCE).waitFor();
  });

  it('stops an answer and keeps what was said', async () => {
    await page.getByRole('link', { name: 'New chat' }).click();
    await page.getByRole('combobox', { name: 'Model' }).click();
    await page.getByRole('option', { name: /^tiny-demo-endless:latest/ }).click();
    await page.getByRole('textbox', { name: 'Message' }).fill('Go on for ever');
    await page.keyboard.press('Enter');
    await page.getByText('prove it works. Hello').waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('Stopped').first().waitFor();
    await until('the engine is idle', 2000, async () => (await stack.activeGenerations()) === 0);
    await screenshot(page, 'stopped');
  });

  it('says what to do when the computer is offline, and goes on when it is back', async () => {
    await stack.stack.bridge?.stop();
    await page.getByText('cloudtolocalllm up', { exact: true }).waitFor();
    await page.getByRole('textbox', { name: 'Message' }).fill('Are you there?');
    await page.keyboard.press('Enter');
    await page.getByText('Your computer is asleep.').waitFor();
    await screenshot(page, 'offline');
    await stack.stack.startBridge();
    await page.getByText('prove it works. Hello').last().waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
  });

  it('fits a phone', async () => {
    await page.setViewportSize(PHONE);
    await page.getByRole('button', { name: 'Open the menu' }).waitFor();
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.equal(overflow, 0);
    await screenshot(page, 'phone');
    await page.emulateMedia({ colorScheme: 'dark' });
    await screenshot(page, 'phone-dark');
  });

  it('runs without an error in the console', () => {
    assert.deepEqual(
      problems.filter((problem) => !problem.includes('503')),
      [],
    );
  });

  it('changes the password', async () => {
    const other = await browser.newContext({ viewport: PHONE });
    const form = await other.newPage();
    await form.goto(`${stack.stack.url}/oidc/password`);
    await form.getByLabel('Current password').fill(stack.password);
    await form.getByLabel('New password, 10 characters at least').fill('a much better one');
    await form.getByLabel('New password again').fill('a much better one');
    await screenshot(form, 'change-password');
    await form.getByRole('button', { name: 'Change it' }).click();
    await form.getByText('Every browser is signed out').waitFor();
    await other.close();
    await page.reload();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
  });
});
