import OpenAI from 'openai';
import type { Locator, Page } from 'playwright-core';

/** Opens one part of the access pages, as a person does. */
export async function openAccess(page: Page, origin: string, section: string): Promise<void> {
  await page.goto(`${origin}/access`);
  await page.getByRole('navigation', { name: 'Parts of access' }).getByRole('link', { name: section }).click();
  await page.getByRole('heading', { level: 2, name: section }).waitFor();
}

export function dialogOf(page: Page): Locator {
  return page.getByRole('dialog');
}

/** What a person reads in the box that is shown once. */
export async function shownSecret(page: Page): Promise<string> {
  return (await dialogOf(page).locator('code').first().textContent()) ?? '';
}

/** A program with OpenAI's own client asks and reads the stream to its end. */
export async function askStreamed(baseURL: string, apiKey: string): Promise<string> {
  const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
  const messages = [{ role: 'user' as const, content: 'Hello?' }];
  const stream = await client.chat.completions.create({ model: 'tiny-demo', messages, stream: true });
  let text = '';
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
  return text;
}

/** All that a page keeps besides its memory. */
export function keptBy(page: Page): Promise<string> {
  return page.evaluate(async () =>
    JSON.stringify([
      Object.entries(localStorage),
      Object.entries(sessionStorage),
      location.href,
      history.state,
      document.documentElement.outerHTML,
      await caches.keys(),
      (await indexedDB.databases()).map(({ name }) => name),
    ]),
  );
}
