import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { BrowserContextOptions } from 'playwright-core';
import { startTestRelay } from '../apps/relay/src/test-relay.ts';
import { launchBrowser, screenshot } from './support/browser.ts';

/** The documentation in a browser, and everything that the browser finds wrong with it. */
async function openDocs(t: TestContext, options: BrowserContextOptions) {
  const relay = await startTestRelay(t);
  const browser = await launchBrowser();
  t.after(() => browser.close());
  const page = await (await browser.newContext(options)).newPage();
  const problems: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== 'data:' && origin !== relay.url) problems.push(`It asks ${request.url()}`);
  });
  const opened = await page.goto(`${relay.url}/api/docs`);
  assert.match(opened?.headers()['content-security-policy'] ?? '', /default-src 'none'/);
  assert.doesNotMatch(opened?.headers()['content-security-policy'] ?? '', /unsafe/);
  await page.waitForSelector('.opblock');
  return { relay, page, problems };
}

test('the documentation shows every operation and tries one with a pasted token, under the strict policy', async (t) => {
  const { relay, page, problems } = await openDocs(t, { viewport: { width: 1280, height: 900 } });
  const shown = await page.locator('.opblock').count();
  assert.ok(shown > 15, `${shown} operations`);
  await screenshot(page, 'docs-1280');

  await page.click('button.authorize');
  await page.fill('.auth-container input', relay.token);
  await page.click('.auth-btn-wrapper button.authorize');
  await page.click('.auth-btn-wrapper button.btn-done');
  const operation = page.locator('#operations-Account-getMe');
  await operation.locator('.opblock-summary-control').click();
  await operation.locator('.try-out__btn').click();
  await operation.locator('.execute').click();
  const answer = operation.locator('.live-responses-table .response');
  assert.equal((await answer.locator('.response-col_status').innerText()).trim(), '200');
  assert.match(await answer.locator('.highlight-code').innerText(), /"userId": "user-/);
  assert.deepEqual(problems, []);
});

test('the documentation fits a phone', async (t) => {
  const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
  const { page, problems } = await openDocs(t, phone);
  await page.locator('#operations-Chat-sendMessage .opblock-summary-control').click();
  await page.locator('#operations-Chat-sendMessage .responses-table').first().waitFor();
  await screenshot(page, 'docs-390');
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
  assert.deepEqual(problems, []);
});
