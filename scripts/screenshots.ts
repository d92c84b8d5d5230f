// `npm run screenshots`: the pictures of the README, of a real relay, bridge and demo engine in Debian's Chromium.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@cloudtolocalllm/sdk';
import { installEngine } from '../dev/engine/install.ts';
import { Stack } from '../dev/src/stack.ts';
import { buildWeb } from '../dev/src/web-build.ts';
import { launchBrowser } from '../e2e/support/browser.ts';
import { seedConversation } from '../e2e/support/seed-conversation.ts';
import { installPrerequisites } from './prerequisites.ts';

const IMAGES = new URL('../docs/images/', import.meta.url).pathname;
const ANSWER = `A **relay** carries requests to the computer that has the model, and streams the answer back.

| part | where it runs | listens to |
|:--|:--|:--|
| bridge | your computer | nothing |
| relay | your server | HTTPS |

Ask it from any program:

\`\`\`ts
const client = new OpenAI({ baseURL: 'https://relay.example/v1', apiKey: key });
const stream = await client.chat.completions.create({ model: 'llama3.2', messages, stream: true });
\`\`\`

The time to the first token is $t_1 = t_{relay} + t_{bridge} + t_{model}$, and the model's part is nearly all of it.`;

installPrerequisites();
await Promise.all([installEngine(), buildWeb()]);
const dataDir = await mkdtemp(join(tmpdir(), 'c2l-screenshots-'));
await mkdir(IMAGES, { recursive: true });
try {
  await using stack = await Stack.start({ engine: 'demo', dataDir, web: true });
  const { accessToken } = await stack.tokens();
  const client = createClient({ baseUrl: stack.url, token: () => accessToken });
  const [computer] = await client.bridges.list();
  if (computer === undefined) throw new Error('the stack has no bridge');
  await client.bridges.rename(computer.bridgeId, 'Studio PC');
  await seedConversation(client, 'Ideas for the garden', [
    { content: 'What grows in the shade?' },
    { content: 'Ferns.' },
  ]);
  const id = await seedConversation(client, 'How a relay works', [
    { content: 'How does my phone reach the model at home?' },
    { content: ANSWER },
  ]);

  const browser = await launchBrowser();
  try {
    const shots = [
      { name: 'chat', width: 1280, height: 860, colorScheme: 'light', path: `/c/${id}` },
      { name: 'chat-phone', width: 390, height: 844, colorScheme: 'dark', path: `/c/${id}` },
      { name: 'computer', width: 1280, height: 860, colorScheme: 'light', path: `/computers/${computer.bridgeId}` },
    ] as const;
    for (const { name, width, height, colorScheme, path } of shots) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' });
      const page = await context.newPage();
      await page.goto(stack.url + path);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByLabel('Password', { exact: true }).fill(stack.account?.password ?? '');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('main').getByText('tiny-demo').first().waitFor();
      if (path.startsWith('/c/')) await page.locator('.katex').first().waitFor();
      // Colours of code come a little later.
      await page.waitForLoadState('networkidle');
      await page.screenshot({ path: join(IMAGES, `${name}.png`) });
      await context.close();
    }
  } finally {
    await browser.close();
  }
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
