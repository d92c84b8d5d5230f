import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type axeCore from 'axe-core';
import type { Page } from 'playwright-core';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** What axe finds against WCAG 2.2 AA on the page as it is, in both themes: one line for each element. */
export async function violations(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    // Evaluated, not added as a script: the page's policy allows none but its own.
    await page.evaluate(await readFile(AXE, 'utf8'));
    const lines = await page.evaluate(async (values) => {
      const { axe } = globalThis as unknown as { axe: typeof axeCore }; // as: put there the line before
      const { violations: list, passes } = await axe.run(document, { runOnly: { type: 'tag', values } });
      if (passes.length === 0) throw new Error('axe has looked at nothing');
      return list.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary}`),
      );
    }, RULES);
    found.push(...lines.map((line) => `${colorScheme} ${page.url()} ${line}`));
  }
  return found;
}
