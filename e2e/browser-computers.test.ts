import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, screenshot } from './support/browser.ts';
import { ExtraBridge } from './support/extra-bridge.ts';
import { ModelEngine } from './support/model-engine.ts';
import { TestStack, until } from './support/test-stack.ts';

const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

describe('computers and their models', () => {
  let stack: TestStack;
  let engine: ModelEngine;
  let attic: ExtraBridge;
  let browser: Browser;
  let desktop: Page;
  let phone: Page;
  const problems: string[] = [];
  before(async () => {
    engine = await ModelEngine.start(['llama3.2:1b', 'qwen3:4b']);
    const bridgeArgs = ['--name', 'Study', '--allow-model-management'];
    stack = await TestStack.start({ web: true, engine: engine.url, bridgeArgs });
    attic = await ExtraBridge.start(stack, 'Attic');
    browser = await launchBrowser();
    desktop = await device(DESKTOP);
    phone = await device(PHONE);
  });
  after(async () => {
    // Whatever was not started must not keep the rest alive.
    await browser?.close();
    await attic?.[Symbol.asyncDispose]();
    await stack?.[Symbol.asyncDispose]();
    await engine?.[Symbol.asyncDispose]();
  });

  async function device(viewport: typeof DESKTOP): Promise<Page> {
    const isTouch = viewport === PHONE;
    const page = await (await browser.newContext({ viewport, hasTouch: isTouch, isMobile: isTouch })).newPage();
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

  /** A page of the app without loading it anew. */
  async function open(page: Page, path: string): Promise<void> {
    await page.goto(stack.stack.url + path);
  }
  const rows = (page: Page) => page.getByRole('main').getByRole('listitem', { name: /^Computer / });
  const names = (page: Page): Promise<string[]> => rows(page).getByRole('heading').allTextContents();
  const model = (name: string) => desktop.getByRole('main').getByRole('listitem', { name, exact: true });

  it('shows every computer with its state, its system and its engine', async () => {
    for (const page of [desktop, phone]) {
      await open(page, '/computers');
      await rows(page).nth(1).waitFor();
      assert.deepEqual(await names(page), ['Attic', 'Study'], 'by name, until somebody puts them into an order');
    }
    const study = rows(desktop).nth(1);
    await study.getByText('Online, Ollama 0.9.9, 2 models').waitFor();
    assert.match((await study.textContent()) ?? '', /Linux · Bridge [\d.]+ · Load now: \d+%/);
    await screenshot(desktop, 'computers');
    await screenshot(phone, 'computers-phone');
  });

  it('puts them into another order by keyboard, on the other device too', async () => {
    const up = desktop.getByRole('button', { name: 'Move Study up' });
    await up.focus();
    await desktop.keyboard.press('Enter');
    for (const page of [desktop, phone])
      await until('the order is the new one', 5_000, async () => (await names(page)).join() === 'Study,Attic');
    await desktop.getByText('Study is now number 1').waitFor({ state: 'attached' });
    // At the top there is no way further up: the focus is on the way back.
    await desktop
      .locator('button:focus')
      .and(desktop.getByRole('button', { name: 'Move Study down' }))
      .waitFor();
    const order = (await stack.client.bridges.list()).map(({ name }) => name);
    assert.deepEqual(order, ['Study', 'Attic']);
  });

  it('puts them into another order by dragging', async () => {
    const handle = rows(desktop).nth(1).locator('[draggable]');
    await handle.dragTo(rows(desktop).first());
    for (const page of [desktop, phone])
      await until('the order is the first one', 5_000, async () => (await names(page)).join() === 'Attic,Study');
  });

  it('renames one on one device, and the other shows it', async () => {
    await phone.getByRole('button', { name: 'What to do with Attic' }).click();
    await phone.getByRole('menuitem', { name: 'Rename' }).click();
    await phone.getByLabel('Rename the computer').getByRole('textbox').fill('Loft');
    await phone.getByRole('button', { name: 'Rename' }).click();
    await rows(desktop).getByRole('heading', { name: 'Loft' }).waitFor();
  });

  it('shows how one is, its load of the last hour as a line and in words, and its models', async () => {
    await rows(desktop).getByRole('link', { name: 'Study' }).click();
    await desktop.getByRole('heading', { name: 'Study', level: 1 }).waitFor();
    const chart = desktop.getByRole('img', { name: /^Load over the last hour\. Latest \d+%\. Highest \d+%, at / });
    await chart.locator('canvas').waitFor();
    await model('llama3.2:1b').getByText('1.3 GB · llama · 1.2B · Q8_0').waitFor();
    await screenshot(desktop, 'computer');
  });

  it('loads a model into memory and takes it out', async () => {
    await desktop.getByRole('button', { name: 'Load llama3.2:1b into memory' }).click();
    await model('llama3.2:1b')
      .getByText(/In memory until/)
      .waitFor();
    assert.deepEqual([...engine.loaded], ['llama3.2:1b']);
    await desktop.getByRole('button', { name: 'Unload llama3.2:1b from memory' }).click();
    await desktop.getByRole('button', { name: 'Load llama3.2:1b into memory' }).waitFor();
    assert.equal(engine.loaded.size, 0);
  });

  it('downloads a model while something else is looked at', async () => {
    await desktop.getByRole('textbox', { name: 'Download a model' }).fill('gemma3:1b');
    await desktop.keyboard.press('Enter');
    await until('the engine is asked', 5_000, () => engine.pulls.length === 1);
    const [pull] = engine.pulls;
    pull?.tell({ status: 'pulling x', digest: 'sha256:x', total: 1_000_000_000, completed: 250_000_000 });
    await desktop.getByText('25%, 250 MB of 1 GB').waitFor();
    const bar = desktop.getByRole('progressbar', { name: 'Download of gemma3:1b' });
    assert.equal(await bar.getAttribute('value'), '0.25');
    await screenshot(desktop, 'computer-pull');
    await desktop.getByRole('link', { name: 'New chat' }).click();
    await desktop.getByRole('textbox', { name: 'Message' }).waitFor();
    pull?.tell({ status: 'pulling x', digest: 'sha256:x', total: 1_000_000_000, completed: 750_000_000 });
    await desktop.goBack();
    await desktop.getByText('75%, 750 MB of 1 GB').waitFor();
    pull?.end();
    await desktop.getByText('gemma3:1b is downloaded').waitFor();
    await model('gemma3:1b').waitFor();
    assert.equal(await bar.count(), 0);
  });

  it('stops a download at the engine, and says why another one failed', async () => {
    const field = desktop.getByRole('textbox', { name: 'Download a model' });
    await field.fill('huge:700b');
    await field.press('Enter');
    await until('the engine is asked', 5_000, () => engine.pulls.length === 2);
    await desktop.getByRole('button', { name: 'Stop downloading huge:700b' }).click();
    await until('the engine has stopped', 5_000, () => engine.pulls[1]?.isOver === true);
    await field.fill('nope');
    await field.press('Enter');
    await until('the engine is asked', 5_000, () => engine.pulls.length === 3);
    engine.pulls[2]?.tell({ error: 'pull model manifest: file does not exist' });
    await desktop.getByText('nope could not be downloaded').waitFor();
    await desktop.getByText('pull model manifest: file does not exist').waitFor();
    await screenshot(desktop, 'computer-pull-failed');
    await desktop.getByRole('button', { name: 'Hide the download of nope' }).click();
  });

  it('deletes a model after asking, and the other device sees it go', async () => {
    await open(phone, '/');
    await open(phone, new URL(desktop.url()).pathname);
    const onPhone = phone.getByRole('main').getByRole('listitem', { name: 'qwen3:4b', exact: true });
    await onPhone.waitFor();
    await desktop.getByRole('button', { name: 'Delete qwen3:4b' }).click();
    await desktop.getByText('It is removed from the disk of Study.').waitFor();
    await desktop.getByRole('button', { name: 'Delete', exact: true }).click();
    await desktop.getByText('qwen3:4b is deleted').waitFor();
    await onPhone.waitFor({ state: 'detached' });
    assert.ok(!engine.models.has('qwen3:4b'));
  });

  it('says which switch allows what its owner has not allowed', async () => {
    await open(desktop, `/computers/${(await computerNamed('Loft')).bridgeId}`);
    await desktop.getByText('cloudtolocalllm up --allow-model-management').waitFor();
    await model('tiny-demo:latest').waitFor();
    assert.equal(await desktop.getByRole('button', { name: /^Load |^Delete / }).count(), 0);
    await screenshot(desktop, 'computer-locked');
  });

  const computerNamed = async (name: string) => {
    const found = (await stack.client.bridges.list()).find((one) => one.name === name);
    assert.ok(found);
    return found;
  };

  it('finds a model by its computer, says where it is in memory, and makes it the default everywhere', async () => {
    engine.loaded.add('llama3.2:1b');
    await open(desktop, '/');
    await desktop.getByRole('combobox', { name: 'Model' }).click();
    const options = desktop.getByRole('option');
    await options.filter({ hasText: 'llama3.2:1b' }).getByText('Study, in memory').waitFor();
    await screenshot(desktop, 'model-picker');
    await desktop.keyboard.press('Escape');
    await desktop
      .locator(':focus')
      .and(desktop.getByRole('combobox', { name: 'Model: ' }))
      .waitFor();
    await desktop.keyboard.press('Enter');
    await desktop.getByRole('combobox', { name: 'Search models and computers' }).fill('loft');
    await until('only what is there is shown', 5_000, async () =>
      (await options.allTextContents()).every((text) => text.includes('Loft')),
    );
    await desktop.getByRole('combobox', { name: 'Search models and computers' }).fill('endless');
    await desktop.keyboard.press('Enter');
    const picker = desktop.getByRole('combobox', { name: 'Model: tiny-demo-endless:latest' });
    await picker.click();
    await desktop.getByRole('button', { name: 'Use tiny-demo-endless:latest for new chats' }).click();
    await options.filter({ hasText: 'endless' }).getByText('Default').waitFor();
    await open(phone, '/');
    await phone.getByRole('combobox', { name: 'Model: tiny-demo-endless:latest' }).waitFor();
  });

  it('is a sheet as wide as a phone', async () => {
    await phone.getByRole('combobox', { name: 'Model' }).tap();
    const sheet = phone.getByRole('dialog', { name: 'Choose a model' });
    await sheet.getByRole('option').first().waitFor();
    await until('it has come', 5_000, async () => {
      const box = await sheet.boundingBox();
      return box !== null && box.width === PHONE.width && Math.abs(box.y + box.height - PHONE.height) < 1;
    });
    await screenshot(phone, 'model-picker-phone');
    await sheet.getByRole('option', { name: /llama3.2:1b/ }).tap();
    await phone.getByRole('combobox', { name: 'Model: llama3.2:1b' }).waitFor();
  });

  it('asks with the system prompt and the options of the conversation', async () => {
    await phone.getByRole('button', { name: 'Conversation settings' }).tap();
    await phone.getByRole('textbox', { name: 'System prompt' }).fill('Answer in rhymes.');
    await phone.getByLabel('Temperature').fill('0.4');
    await phone.getByLabel('Stop at').fill('END');
    await screenshot(phone, 'conversation-settings-phone');
    await phone.getByRole('button', { name: 'Save' }).tap();
    await phone.getByRole('textbox', { name: 'Message' }).fill('Hello?');
    await phone.getByRole('button', { name: 'Send' }).tap();
    await phone.getByText('Good day.').waitFor();
    assert.partialDeepStrictEqual(engine.chats, [
      {
        model: 'llama3.2:1b',
        messages: [{ role: 'system', content: 'Answer in rhymes.' }],
        options: { temperature: 0.4, stop: ['END'] },
      },
    ]);
    await phone.getByRole('button', { name: 'Conversation settings' }).tap();
    assert.equal(await phone.getByLabel('Temperature').inputValue(), '0.4');
    await phone.getByLabel('Temperature').fill('');
    await phone.getByRole('button', { name: 'Save' }).tap();
    await until('the relay knows', 5_000, async () => {
      const [conversation] = (await stack.client.conversations.list()).conversations;
      return conversation?.options?.temperature === undefined && conversation?.systemPrompt === 'Answer in rhymes.';
    });
  });

  it('tells at once when a computer goes, and what to do', async () => {
    await open(desktop, `/computers/${(await computerNamed('Loft')).bridgeId}`);
    await model('tiny-demo:latest').waitFor();
    await attic.bridge.stop();
    await desktop.getByText('Loft is offline').waitFor();
    await desktop.getByText('What it had when it was last online:').waitFor();
    await screenshot(desktop, 'computer-offline');
  });

  it('revokes a computer after saying what that means, for good', async () => {
    await open(phone, '/computers');
    await rows(phone).nth(1).waitFor();
    await desktop.getByRole('button', { name: 'What to do with Loft' }).click();
    await desktop.getByRole('menuitem', { name: 'Revoke' }).click();
    await desktop.getByText('To come back it has to be connected anew').waitFor();
    await screenshot(desktop, 'computer-revoke');
    // What the relay refuses is said where it was asked for, and the page stays.
    const { pathname } = new URL(desktop.url());
    await desktop.route('**/api/bridge/*', (route) =>
      route.fulfill({ status: 403, json: { error: 'forbidden', code: 403, message: 'no' } }),
    );
    await desktop.getByRole('button', { name: 'Revoke' }).click();
    await desktop.getByRole('dialog').getByRole('alert').getByText('You may not do this').waitFor();
    assert.equal(new URL(desktop.url()).pathname, pathname);
    await desktop.unroute('**/api/bridge/*');
    // The browser writes it down too.
    assert.match(problems.pop() ?? '', /403/);
    await desktop.getByRole('button', { name: 'Revoke' }).click();
    await until('it is gone here and there', 5_000, async () => {
      return (await names(desktop)).join() === 'Study' && (await names(phone)).join() === 'Study';
    });
    assert.equal(new URL(desktop.url()).pathname, '/computers');
    assert.deepEqual(
      (await stack.client.bridges.list()).map(({ name }) => name),
      ['Study'],
    );
  });

  it('leads on when there is no computer left, and knows a page that is no more', async () => {
    const { bridgeId } = await computerNamed('Study');
    await stack.client.bridges.remove(bridgeId);
    await desktop.getByRole('heading', { name: 'No computer connected yet' }).waitFor();
    await screenshot(desktop, 'computers-empty');
    await open(phone, `/computers/${bridgeId}`);
    await phone.getByText('This computer isn’t here').waitFor();
    await desktop.getByRole('main').getByRole('link', { name: 'Connect a computer' }).click();
    await desktop.getByText('Waiting for a computer to appear…').waitFor();
  });

  it('runs without an error in the console', () => {
    assert.deepEqual(problems, []);
  });
});
