import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { TestStack } from './test-stack.ts';

/** A browser of its own in which the person of the stack is signed in, at the empty chat. */
export async function signedInDevice(
  browser: Browser,
  stack: TestStack,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage();
  page.setDefaultTimeout(15_000);
  await page.goto(stack.stack.url);
  await signIn(page, stack);
  return page;
}

/** Signs in on the page that asks for it. */
export async function signIn(page: Page, stack: TestStack): Promise<void> {
  await page.getByRole('button', { name: /^(Sign in|Anmelden)$/ }).click();
  await page.getByLabel('Password', { exact: true }).fill(stack.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  // An account without a computer begins with the guide.
  const guide = page.getByRole('heading', { name: 'Connect a computer' });
  await page.locator('#composer').or(guide).first().waitFor();
}

/** What comes after the app has signed a person out: the relay's own issuer asks whether it should do the same. */
export async function signOutOfIssuer(page: Page): Promise<void> {
  await page.waitForURL(/\/oidc\/logout/);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: /^(Sign in|Anmelden)$/ }).waitFor();
}
