import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type axe from 'axe-core';
import type { Page } from 'playwright-core';

const SCRIPT = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What axe finds against WCAG 2.2 AA on the page as it is now, each with the elements that it means. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // Through the debugger, so that the page's content security policy stays as it is.
  await page.evaluate(await readFile(SCRIPT, 'utf8'));
  const violations = await page.evaluate(async (rules) => {
    const { axe: tool } = globalThis as unknown as { axe: typeof axe }; // as: set by the script
    const { violations: found, passes } = await tool.run(document, { runOnly: rules });
    if (passes.length === 0) throw new Error('axe has looked at nothing');
    return found;
  }, RULES);
  return violations.map(({ id, help, nodes }) => {
    const where = nodes.slice(0, 5).map(({ target, failureSummary }) => `${target.join(' ')} (${failureSummary})`);
    return `${id}: ${help}: ${where.join('; ')}`;
  });
}

/** The same in both themes. */
export async function violations(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    found.push(...(await accessibilityProblems(page)).map((line) => `${colorScheme} ${page.url()} ${line}`));
  }
  return found;
}
