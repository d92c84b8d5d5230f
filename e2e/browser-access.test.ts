import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AuthenticationError } from 'openai';
import type { Browser, Page } from 'playwright-core';
import { SENTENCE } from '../dev/engine/write-model.ts';
import { askStreamed, dialogOf, keptBy, openAccess, shownSecret } from './support/access-pages.ts';
import { violations } from './support/accessibility.ts';
import { launchBrowser, screenshot } from './support/browser.ts';
import { heapText } from './support/heap-text.ts';
import { runSnippet } from './support/run-snippet.ts';
import { TestStack } from './support/test-stack.ts';

const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

describe('access in the browser', () => {
  let stack: TestStack;
  let browser: Browser;
  let desktop: Page;
  let phone: Page;
  let secret = '';
  let endpoint = '';
  let token = '';
  const problems: string[] = [];
  before(async () => {
    stack = await TestStack.start({ web: true, engineArgs: ['--tokens-per-second', '100'] });
    browser = await launchBrowser();
    desktop = await device(DESKTOP);
    phone = await device(PHONE);
  });
  after(async () => {
    // Whatever was not started must not keep the rest alive.
    await browser?.close();
    await stack?.[Symbol.asyncDispose]();
  });

  async function device(viewport: typeof DESKTOP): Promise<Page> {
    const context = await browser.newContext({ viewport, permissions: ['clipboard-read', 'clipboard-write'] });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    await page.goto(stack.stack.url);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel('Password', { exact: true }).fill(stack.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('textbox', { name: 'Message' }).waitFor();
    return page;
  }

  const open = (page: Page, section: string): Promise<void> => openAccess(page, stack.stack.url, section);

  it('says that there are no keys, no proxies, and what they are for', async () => {
    await open(desktop, 'API keys');
    await desktop.getByText('No keys yet').waitFor();
    await desktop.getByRole('tab', { name: 'Python' }).click();
    const snippet = desktop.getByRole('tabpanel', { name: 'Python' });
    await snippet.getByText(`base_url="${stack.stack.url}/v1"`).waitFor();
    await snippet.getByText('api_key="YOUR_API_KEY"').waitFor();
    await snippet.getByText('model="tiny-demo:latest"').waitFor();
    await desktop.getByRole('tab', { name: 'Ollama' }).click();
    await desktop.getByText('sends no key').waitFor();
    await screenshot(desktop, 'access-keys-empty');
    await open(desktop, 'Proxies');
    await desktop.getByText('No proxies yet').waitFor();
    assert.deepEqual(await violations(desktop), []);
  });

  it('makes a key that a program can use at once, and shows its secret this once', async () => {
    await open(desktop, 'API keys');
    await desktop.getByRole('button', { name: 'New key' }).click();
    await dialogOf(desktop).getByRole('button', { name: 'Make the key' }).click();
    await dialogOf(desktop).getByText('Fill this in').waitFor();
    await desktop.getByText('Only some computers or models').click();
    await dialogOf(desktop).getByLabel('tiny-demo:latest', { exact: true }).check();
    await screenshot(desktop, 'access-key-form');
    assert.deepEqual(await violations(desktop), []);
    await dialogOf(desktop).getByLabel('Name', { exact: true }).fill('Laptop');
    await dialogOf(desktop).getByRole('button', { name: 'Make the key' }).click();
    await dialogOf(desktop).getByRole('heading', { name: 'Your new key' }).waitFor();
    secret = await shownSecret(desktop);
    assert.match(secret, /^c2l_/);
    await dialogOf(desktop).getByRole('button', { name: 'Copy', exact: true }).click();
    await dialogOf(desktop).getByRole('button', { name: 'Copied', exact: true }).waitFor();
    assert.equal(await desktop.evaluate(() => navigator.clipboard.readText()), secret);
    await dialogOf(desktop).getByText(`Authorization: Bearer ${secret}`).waitFor();
    await screenshot(desktop, 'access-key-made');
    assert.deepEqual(await violations(desktop), []);
    assert.equal(await askStreamed(`${stack.stack.url}/v1`, secret), SENTENCE);
  });

  it('gives snippets that run as they stand', async () => {
    const snippets = [
      ['curl', 'curl', 'data: [DONE]'],
      ['TypeScript', 'TypeScript', SENTENCE],
      ['Ollama', 'TypeScript', SENTENCE],
      ['Anthropic', 'TypeScript', SENTENCE],
    ] as const;
    for (const [tab, language, expected] of snippets) {
      await dialogOf(desktop).getByRole('tab', { name: tab, exact: true }).click();
      const panel = dialogOf(desktop).getByRole('tabpanel', { name: tab, exact: true });
      const code = (await panel.getByRole('figure').last().locator('code').textContent()) ?? '';
      const printed = await runSnippet(language, code);
      assert.ok(printed.includes(expected), `${tab}: ${printed}`);
    }
  });

  it('does not lose the secret to an Escape, and keeps nothing of it afterwards', async () => {
    await desktop.keyboard.press('Escape');
    await dialogOf(desktop).getByText('won’t be shown again').waitFor();
    assert.equal(await shownSecret(desktop), secret);
    assert.ok((await heapText(desktop)).includes(secret));
    await dialogOf(desktop).getByRole('button', { name: 'Done' }).click();
    await dialogOf(desktop).waitFor({ state: 'detached' });
    assert.ok(!(await keptBy(desktop)).includes(secret));
    // Whatever else the page holds: its strings, its caches, what React remembers.
    assert.ok(!(await heapText(desktop)).includes(secret));
  });

  it('waits for a secret that is on its way, and no shortcut leaves it behind', async () => {
    let answer = (): void => {};
    await desktop.route('**/api/keys', async (route) => {
      if (route.request().method() === 'POST') await new Promise<void>((resolve) => (answer = resolve));
      await route.continue();
    });
    await desktop.getByRole('button', { name: 'New key' }).click();
    await dialogOf(desktop).getByLabel('Name', { exact: true }).fill('Slow');
    const asked = desktop.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/keys'));
    await dialogOf(desktop).getByRole('button', { name: 'Make the key' }).click();
    await asked;
    await desktop.keyboard.press('Escape');
    assert.equal(await dialogOf(desktop).getByRole('button', { name: 'Cancel' }).isDisabled(), true);
    answer();
    await dialogOf(desktop).getByRole('heading', { name: 'Your new key' }).waitFor();
    for (const keys of ['Control+Shift+O', 'Control+,', 'Control+k', 'Control+Shift+L'])
      await desktop.keyboard.press(keys);
    assert.match(await shownSecret(desktop), /^c2l_/);
    assert.equal(new URL(desktop.url()).pathname, '/access');
    assert.equal(await dialogOf(desktop).count(), 1);
    await desktop.keyboard.press('Escape');
    await dialogOf(desktop).getByText('won’t be shown again').waitFor();
    await desktop.keyboard.press('Escape');
    await dialogOf(desktop).waitFor({ state: 'detached' });
    // The next form goes at the first press.
    await desktop.getByRole('button', { name: 'New key' }).click();
    await dialogOf(desktop).getByLabel('Name', { exact: true }).waitFor();
    await desktop.keyboard.press('Escape');
    await dialogOf(desktop).waitFor({ state: 'detached' });
    await desktop.unroute('**/api/keys');
    const keys = await stack.client.keys.list();
    await stack.client.keys.revoke(keys.find(({ name }) => name === 'Slow')!.id); // made above
    await desktop.reload();
  });

  it('tells what the key may do and when it was used', async () => {
    const row = desktop.getByRole('listitem', { name: 'Laptop' });
    await row.getByText('Ask models').waitFor();
    await row.getByText('Only tiny-demo:latest').waitFor();
    await row.getByText('in 90 days').waitFor();
    await desktop.reload();
    await row.getByText('Not yet').waitFor({ state: 'detached' });
    await row.getByText(/^(now|\d+ minutes? ago)$/).waitFor();
    await screenshot(desktop, 'access-keys');
    assert.deepEqual(await violations(desktop), []);
  });

  it('revokes the key, and the program is refused', async () => {
    await desktop.getByRole('button', { name: 'Revoke “Laptop”' }).click();
    await dialogOf(desktop).getByText('Revoke “Laptop”?').waitFor();
    await screenshot(desktop, 'access-key-revoke');
    assert.deepEqual(await violations(desktop), []);
    await dialogOf(desktop).getByRole('button', { name: 'Revoke', exact: true }).click();
    await desktop.getByText('No keys yet').waitFor();
    await assert.rejects(askStreamed(`${stack.stack.url}/v1`, secret), AuthenticationError);
  });

  it('brings the refusals of the relay to the fields of a proxy', async () => {
    await open(phone, 'Proxies');
    await phone.getByRole('button', { name: 'New proxy' }).click();
    await dialogOf(phone).getByLabel('Name', { exact: true }).fill('For Ada');
    await dialogOf(phone).getByLabel('Ends after', { exact: true }).fill('48');
    await dialogOf(phone).getByRole('button', { name: 'Make the proxy' }).click();
    await dialogOf(phone).getByText('At most 1 day on this relay').waitFor();
    assert.equal(await dialogOf(phone).getByLabel('Ends after', { exact: true }).getAttribute('aria-invalid'), 'true');
    await screenshot(phone, 'access-proxy-problem-phone');
    assert.deepEqual(await violations(phone), []);
    // The browser writes it down too.
    assert.match(problems.pop() ?? '', /400/);
    await dialogOf(phone).getByLabel('Ends after', { exact: true }).fill('2');
    await dialogOf(phone).getByText('More limits').click();
    await dialogOf(phone).getByLabel('Requests, in all').fill('100');
  });

  it('makes a proxy on the phone, which the other device sees', async () => {
    await open(desktop, 'Proxies');
    await desktop.getByText('No proxies yet').waitFor();
    await dialogOf(phone).getByRole('button', { name: 'Make the proxy' }).click();
    await dialogOf(phone).getByRole('heading', { name: 'Your new proxy' }).waitFor();
    token = await shownSecret(phone);
    await screenshot(phone, 'access-proxy-made-phone');
    assert.deepEqual(await violations(phone), []);
    await dialogOf(phone).getByRole('button', { name: 'Watch it' }).click();
    await phone.getByRole('heading', { level: 1, name: 'For Ada' }).waitFor();
    await phone.getByRole('figure').filter({ hasText: 'Requests' }).getByText('0', { exact: true }).first().waitFor();
    endpoint = (await phone.locator('main code').first().textContent()) ?? '';
    await dialogOf(phone).waitFor({ state: 'detached' });
    assert.ok(!(await keptBy(phone)).includes(token));
    await screenshot(phone, 'access-proxy-one-phone');
    await desktop.getByRole('link', { name: 'For Ada' }).click();
    await desktop.getByRole('heading', { level: 1, name: 'For Ada' }).waitFor();
  });

  it('moves the figures of the proxy live on both devices', async () => {
    const requestsOn = (page: Page) =>
      page.getByRole('figure').filter({ has: page.getByText('Requests', { exact: true }) });
    await requestsOn(desktop).getByText('0', { exact: true }).waitFor();
    for (let count = 1; count <= 3; count++) {
      assert.equal(await askStreamed(`${endpoint}/v1`, token), SENTENCE);
      await requestsOn(desktop).getByText(String(count), { exact: true }).waitFor();
    }
    await requestsOn(phone).getByText('3', { exact: true }).waitFor();
    await desktop.getByText('Requests: 0 at').waitFor({ state: 'attached' });
    await desktop.locator('canvas').nth(5).waitFor();
    await desktop.getByText('Figures as a table').click();
    assert.ok((await desktop.getByRole('row').count()) > 2);
    await screenshot(desktop, 'access-proxy-live');
    await screenshot(phone, 'access-proxy-live-phone');
    assert.deepEqual([...(await violations(desktop)), ...(await violations(phone))], []);
  });

  it('ends the proxy, and keeps what it has done', async () => {
    await desktop.getByRole('button', { name: 'End', exact: true }).click();
    await dialogOf(desktop).getByRole('button', { name: 'End the proxy' }).click();
    for (const page of [desktop, phone]) await page.getByText('Ended: you ended it').waitFor();
    await assert.rejects(askStreamed(`${endpoint}/v1`, token));
    await desktop.reload();
    await desktop.getByText('What it has done.').waitFor();
    await desktop.getByText('Tokens generated').waitFor();
    await screenshot(desktop, 'access-proxy-ended');
    assert.deepEqual(await violations(desktop), []);
    await open(desktop, 'Proxies');
    await desktop.getByText('3 requests').waitFor();
    assert.deepEqual(await violations(desktop), []);
  });

  it('tells in the activity what happened to both', async () => {
    await open(desktop, 'Activity');
    const rows = desktop.getByRole('region', { name: 'Activity, Today' }).getByRole('listitem');
    await rows.filter({ hasText: 'API key made' }).filter({ hasText: 'Laptop · Ask models' }).waitFor();
    await rows.filter({ hasText: 'API key revoked' }).filter({ hasText: 'Laptop' }).waitFor();
    await rows.filter({ hasText: 'Proxy made' }).filter({ hasText: 'For Ada · On' }).waitFor();
    await rows.filter({ hasText: 'Proxy ended' }).filter({ hasText: 'For Ada · You ended it' }).waitFor();
    await rows.filter({ hasText: 'Signed in' }).first().getByText('from 127.0.0.1').waitFor();
    await screenshot(desktop, 'access-activity');
    assert.deepEqual(await violations(desktop), []);
  });

  it('shows older activity on demand', async () => {
    for (let count = 0; count < 30; count++) {
      const { key } = await stack.client.keys.create({ name: `Key ${count}`, scopes: ['chat'] });
      await stack.client.keys.revoke(key.id);
    }
    await open(desktop, 'Activity');
    await desktop.getByText(/^50 of \d+$/).waitFor();
    await desktop.getByRole('button', { name: 'Show more' }).click();
    await desktop.getByText('Computer connected').waitFor();
    await desktop.getByRole('button', { name: 'Show more' }).waitFor({ state: 'detached' });
  });

  it('shows how much of the limits is used, and moves by itself', async () => {
    await open(phone, 'Limits');
    const requests = phone.getByRole('meter', { name: 'Requests', exact: true });
    const used = async (): Promise<number> => Number(await requests.getAttribute('value'));
    await requests.waitFor();
    const first = await used();
    assert.ok(first > 0);
    await phone
      .getByText(/^Full again in/)
      .first()
      .waitFor();
    await stack.client.keys.list();
    await phone.waitForFunction(
      ([name, before]) =>
        Number(document.querySelector(`meter[aria-label=${name}]`)?.getAttribute('value')) >= before + 2,
      ['Requests', first] as const,
      { timeout: 20_000 },
    );
    await screenshot(phone, 'access-limits-phone');
    assert.deepEqual(await violations(phone), []);
  });

  it('says what is the matter while the relay can’t be reached, and goes on', async () => {
    await phone.route('**/api/me/limits', (route) => route.abort());
    await phone.goto(`${stack.stack.url}/access/limits`);
    await phone.getByText('The relay can’t be reached').first().waitFor();
    await screenshot(phone, 'access-failing-phone');
    assert.deepEqual(await violations(phone), []);
    await phone.unroute('**/api/me/limits');
    await phone.getByRole('button', { name: 'Try again' }).click();
    await phone.getByRole('meter').first().waitFor();
    // Chromium writes down each request that was cut.
    const mine = problems.splice(0).filter((problem) => !problem.includes('net::ERR_FAILED'));
    assert.deepEqual(mine, []);
  });

  it('speaks German too, and fits 320 px', async () => {
    await stack.client.account.changeSettings({ language: 'de' });
    await phone.setViewportSize({ width: 320, height: 700 });
    for (const [path, heading] of [
      ['/access', 'API-Schlüssel'],
      ['/access/proxies', 'Proxys'],
      ['/access/activity', 'Aktivität'],
      ['/access/limits', 'Grenzen'],
    ]) {
      await phone.goto(`${stack.stack.url}${path}`);
      await phone.getByRole('heading', { level: 2, name: heading, exact: true }).waitFor();
      assert.equal(await phone.title(), `${heading} · Zugang · CloudToLocalLLM`);
      const overflow = await phone.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      assert.equal(overflow, 0, path);
    }
    await stack.client.account.changeSettings({ language: 'en' });
  });

  it('runs without an error in the console', () => assert.deepEqual(problems, []));
});
