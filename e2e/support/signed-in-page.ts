import type { BrowserContext, Page } from 'playwright-core';
import type { TestStack } from './test-stack.ts';

/** A page of the web app on which the person of the stack has signed in. */
export async function signedInPage(context: BrowserContext, stack: TestStack): Promise<Page> {
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await page.goto(stack.stack.url);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('Password', { exact: true }).fill(stack.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('textbox', { name: 'Message' }).waitFor();
  return page;
}
