import { gzipSync } from 'node:zlib';
import { Stack } from '../../../dev/src/stack.ts';
import { launchBrowser } from '../../../e2e/support/browser.ts';
import { startReplayEngine } from '../../../e2e/support/replay-engine.ts';
import { seedConversation } from '../../../e2e/support/seed-conversation.ts';
import { createClient } from '@cloudtolocalllm/sdk';
import { mixedMarkdown } from '../mixed-markdown.ts';
import { valueRow, pairRow, type Row } from '../row.ts';
import type { Settings } from '../settings.ts';
import { observePage, type PageFigures } from '../page-figures.ts';

const TOKENS_PER_SECOND = 100;
const MANY_MESSAGES = 2_000;
const TYPED = 'typing while the answer comes ';
const TYPING_DELAY_MS = 120;
const IDLE_MS = 5_000;
const KB = 1024;

type Page = Awaited<ReturnType<Awaited<ReturnType<typeof launchBrowser>>['newPage']>>;

/**
 * The web app in a real Chromium over the real stack: frames, long tasks and the delay of typing while an answer of
 * mixed Markdown comes at 100 tokens/s, beside the same page when nothing comes; how much script the first load has;
 * how long a conversation of 2,000 messages takes to open, beside one of two.
 */
export async function webFrames(settings: Settings, dataDir: string): Promise<Row[]> {
  const text = mixedMarkdown(settings.webTokens);
  await using engine = await startReplayEngine({ text, tokensPerSecond: TOKENS_PER_SECOND });
  await using stack = await Stack.start({ dataDir, engine: engine.url, web: true });
  const { accessToken } = await stack.tokens();
  const client = createClient({ baseUrl: stack.url, token: () => accessToken });
  await seedConversation(client, 'Few', messages(2));
  await seedConversation(client, 'Many', messages(MANY_MESSAGES));
  const browser = await launchBrowser();
  try {
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
    await signIn(page, stack.url, stack.account?.password ?? '');
    const scriptBytes = await firstLoad(page, stack.url);
    const storageState = await page.context().storageState();
    const cold: LoadFigures[] = [];
    const warm: LoadFigures[] = [];

    const idle: PageFigures[] = [];
    const streaming: PageFigures[] = [];
    const few: number[] = [];
    const many: number[] = [];
    for (let round = 0; round < settings.rounds; round++) {
      const fresh = await browser.newContext({ viewport: { width: 1280, height: 800 }, storageState });
      const visitor = await fresh.newPage();
      cold.push(await load(visitor, stack.url));
      warm.push(await load(visitor, stack.url));
      await fresh.close();
      await page.goto(stack.url);
      await page.getByRole('textbox', { name: 'Message' }).waitFor();
      idle.push(
        await observePage(page, async () => {
          await page.getByRole('textbox', { name: 'Message' }).pressSequentially(TYPED, { delay: TYPING_DELAY_MS });
          await page.waitForTimeout(IDLE_MS);
          await page.getByRole('textbox', { name: 'Message' }).fill('');
        }),
      );
      streaming.push(await observePage(page, () => streamOne(page)));
      few.push(await opening(page, 'Few', 'Answer 1.'));
      many.push(await opening(page, 'Many', `Answer ${MANY_MESSAGES - 1}.`));
    }
    const frames = { direct: idle, through: streaming };
    const loads = { direct: warm, through: cold };
    const pace = pairRow('frames per second while an answer streams', '1/s', frames, (one) => one.framesPerSecond);
    const open = pairRow(`opening ${MANY_MESSAGES} messages`, 'ms', { direct: few, through: many }, (one) => one);
    return [
      { ...pace, goal: { of: 'value', atLeast: 50 } },
      pairRow('frames per second in its worst second', '1/s', frames, (one) => one.worstSecond),
      pairRow('frames later than 20 ms', '%', frames, (one) => one.lateShare * 100),
      pairRow('long tasks (over 50 ms), in all', 'ms per s', frames, (one) => one.longTaskMsPerSecond),
      pairRow('from a key to its letter on the page, p50', 'ms', frames, (one) => one.keyMs.p50),
      pairRow('from a key to its letter on the page, p98', 'ms', frames, (one) => one.keyMs.p98),
      pairRow('first paint, cold beside warm', 'ms', loads, (one) => one.paintMs),
      pairRow('until a question can be typed, cold beside warm', 'ms', loads, (one) => one.usableMs),
      valueRow('script of the first load, gzip', 'kB', scriptBytes / KB, { atMost: 180 }),
      { ...open, goal: { of: 'value', atMost: 1_000 } },
    ];
  } finally {
    await browser.close();
  }
}

async function signIn(page: Page, url: string, password: string): Promise<void> {
  await page.goto(url);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('textbox', { name: 'Message' }).waitFor();
}

interface LoadFigures {
  paintMs: number;
  usableMs: number;
}

/** Marks when the field for a question is on the page: what is fetched later, for later, is no part of the first load. */
const MARK_USABLE = `new MutationObserver((_, observer) => {
  if (document.getElementById('composer') === null) return;
  performance.mark('usable');
  observer.disconnect();
}).observe(document, { subtree: true, childList: true })`;

/** From the navigation on, by Chromium's own clock. */
async function load(page: Page, url: string): Promise<LoadFigures> {
  await page.addInitScript(MARK_USABLE);
  await page.goto(url);
  await page.getByRole('textbox', { name: 'Message' }).waitFor();
  return page.evaluate<LoadFigures>(`({
    paintMs: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? performance.now(),
    usableMs: performance.getEntriesByName('usable')[0].startTime,
  })`);
}

/** Bytes of script, compressed, until a question can be typed. */
async function firstLoad(page: Page, url: string): Promise<number> {
  const scripts = new Map<string, Promise<number>>();
  const onResponse = (response: Awaited<ReturnType<Page['waitForResponse']>>): void => {
    if (response.request().resourceType() !== 'script') return;
    scripts.set(
      response.url(),
      response.body().then((body) => gzipSync(body).length),
    );
  };
  page.on('response', onResponse);
  await load(page, url);
  page.off('response', onResponse);
  const needed = await page.evaluate<string[]>(`performance
    .getEntriesByType('resource')
    .filter(({ startTime }) => startTime < performance.getEntriesByName('usable')[0].startTime)
    .map(({ name }) => name)`);
  const sizes = await Promise.all(Array.from(scripts, async ([name, size]) => (needed.includes(name) ? size : 0)));
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

/** One answer, from its first word to its end, with somebody typing meanwhile. */
async function streamOne(page: Page): Promise<void> {
  const field = page.getByRole('textbox', { name: 'Message' });
  await field.fill('Tell me everything');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Stop' }).waitFor();
  const ended = page.getByRole('button', { name: 'Answer again' }).waitFor({ timeout: 600_000 });
  while (await page.getByRole('button', { name: 'Stop' }).isVisible()) {
    await field.pressSequentially(TYPED, { delay: TYPING_DELAY_MS });
    await field.fill('');
  }
  await ended;
}

/** Milliseconds from pressing a conversation's link until its last message is drawn. */
async function opening(page: Page, title: string, last: string): Promise<number> {
  const link = page.getByRole('link', { name: title, exact: true });
  await link.waitFor();
  return page.evaluate<number>(`(async () => {
    const link = [...document.querySelectorAll('nav a')].find((one) => one.textContent.trim() === '${title}');
    const since = performance.now();
    link.click();
    const isThere = () =>
      [...document.querySelectorAll('article')].some(
        (row) => row.textContent.includes('${last}') && getComputedStyle(row).visibility === 'visible',
      );
    while (!isThere()) await new Promise((resolve) => requestAnimationFrame(resolve));
    return performance.now() - since;
  })()`);
}

function messages(count: number): { content: string }[] {
  return Array.from({ length: count }, (_, index) => ({
    content:
      index % 2 === 0
        ? `Question ${index}`
        : `Answer ${index}.\n\n- with **words**\n- and a list\n\n\`\`\`ts\nconst a = ${index};\n\`\`\``,
  }));
}
