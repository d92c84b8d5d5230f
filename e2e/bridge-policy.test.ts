import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { saveCredentials } from '../apps/bridge/src/credentials.ts';
import { SENTENCE } from '../dev/engine/write-model.ts';
import { Child } from '../dev/src/child.ts';
import { ModelEngine } from './support/model-engine.ts';
import { TestStack, until } from './support/test-stack.ts';

const BRIDGE_MAIN = new URL('../apps/bridge/src/main.ts', import.meta.url).pathname;
/** A change of the file applies at once; this is for a machine that is busy. */
const SOON_MS = 10_000;

describe('the policy file of a bridge', () => {
  let stack: TestStack;
  let engine: ModelEngine;
  /** Another computer, whose models can be pulled. */
  let attic: Child;
  before(async () => {
    stack = await TestStack.start({ engineArgs: ['--tokens-per-second', '20'] });
    engine = await ModelEngine.start(['qwen3:4b']);
    attic = await startAttic();
  });
  after(async () => {
    await attic?.stop();
    await stack?.[Symbol.asyncDispose]();
    await engine?.[Symbol.asyncDispose]();
  });

  async function startAttic(): Promise<Child> {
    const { dataDir, publicUrl: relay } = stack.stack;
    const tokens = await stack.stack.tokens();
    await saveCredentials(home('attic'), {
      relay,
      clientId: crypto.randomUUID(),
      issuer: `${relay}/oidc`,
      oidcClientId: tokens.clientId,
      accessToken: tokens.accessToken,
      accessTokenExpires: Date.now() + tokens.expiresIn * 1000,
      refreshToken: tokens.refreshToken,
    });
    const child = new Child({
      args: [BRIDGE_MAIN, 'up', '--name', 'attic', '--engine-url', engine.url.origin],
      env: { ...process.env, CLOUDTOLOCALLLM_HOME: home('attic'), NO_COLOR: '1' },
      logFile: join(dataDir, 'logs', 'attic.log'),
    });
    await child.until('The attic did not come online', async () => /^online /m.exec(child.tail)?.[0]);
    return child;
  }

  const home = (bridge: string): string => join(stack.stack.dataDir, bridge);
  const fileOf = (bridge: string): string => join(home(bridge), 'policy.yaml');

  /** Saves a policy as editors do: written aside, then renamed. */
  async function save(text: string, bridge = 'bridge'): Promise<void> {
    await writeFile(`${fileOf(bridge)}.new`, text);
    await rename(`${fileOf(bridge)}.new`, fileOf(bridge));
  }

  /** What the bridge's program answers to a command. */
  function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const { promise, resolve } = Promise.withResolvers<{ code: number; stdout: string; stderr: string }>();
    const env = { ...process.env, CLOUDTOLOCALLLM_HOME: home('bridge'), NO_COLOR: '1' };
    execFile(process.execPath, [BRIDGE_MAIN, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
    return promise;
  }

  async function policyShown(): Promise<{ from: string; fault?: string; settings: { hours: unknown } }> {
    return JSON.parse((await run('policy', 'show', '--json')).stdout) as Awaited<ReturnType<typeof policyShown>>; // its own output
  }

  async function bridgeNamed(id: string): Promise<{ models: string[]; may: boolean | undefined }> {
    const { client } = await stack.client.bridges.status(id);
    return { models: client.models, may: client.mayManageModels };
  }

  /** Asks the stack's own bridge; the status and what was said, or the error. */
  async function ask(path: string, body: object): Promise<{ status: number; text: string }> {
    const response = await fetch(`${stack.stack.url}/ollama${path}`, {
      method: 'POST',
      headers: { ...stack.authorization, 'content-type': 'application/json', 'x-bridge-id': bridgeId },
      body: JSON.stringify(body),
    });
    return { status: response.status, text: await response.text() };
  }
  const question = {
    model: 'tiny-demo',
    messages: [{ role: 'user' as const, content: 'A question nobody logs?' }],
    options: { num_predict: 2 },
  };
  let bridgeId = '';

  it('is written at the first start, says the defaults, and where it is', async () => {
    const named = (await stack.client.bridges.list()).find(({ name }) => name !== 'attic');
    assert.ok(named);
    ({ bridgeId } = named);
    assert.ok(stack.stack.bridge?.tail.includes(`is yours to say in ${fileOf('bridge')}`));
    const [checked, chat, pull] = await Promise.all([
      run('policy', 'check'),
      run('policy', 'test', 'POST', '/api/chat'),
      run('policy', 'test', 'POST', '/api/pull'),
    ]);
    assert.deepEqual([checked.code, checked.stdout], [0, `Correct: ${fileOf('bridge')}\n`]);
    assert.deepEqual([chat.code, pull.code], [0, 1]);
  });

  it('lets an answer finish when its model is taken away, and no other one begin', async () => {
    const conversation = await stack.client.conversations.create({ model: 'tiny-demo' });
    let said = '';
    let saidWhenTaken: string | undefined;
    for await (const event of stack.client.messages.send(conversation.id, 'Hello?')) {
      if (event.type !== 'chunk') continue;
      said += event.content;
      if (saidWhenTaken !== undefined) continue;
      await save('models:\n  allow: ["*-endless"]\n');
      await until('the relay knows', SOON_MS, async () => {
        const { models } = await bridgeNamed(bridgeId);
        return models.length === 1 && models[0] === 'tiny-demo-endless:latest';
      });
      saidWhenTaken = said;
      assert.equal((await ask('/api/chat', question)).status, 403);
      const another = await stack.client.conversations.create({ model: 'tiny-demo' });
      const asked = stack.client.messages.send(another.id, 'Hello?');
      const last = (await Array.fromAsync(asked)).at(-1);
      assert.ok(last?.type === 'error' && last.error === 'model_not_found', JSON.stringify(last));
    }
    assert.equal(said, SENTENCE);
    await save('hours: always\n');
    await until('the model is back', SOON_MS, async () => (await bridgeNamed(bridgeId)).models.length === 2);
    assert.equal((await ask('/api/chat', question)).status, 200);
  });

  it('says to who is refused what its owner has to write', async () => {
    await save('allow: [listing]\n');
    await until('chat is refused', SOON_MS, async () => (await ask('/api/chat', question)).status === 403);
    const { text } = await ask('/api/chat', question);
    assert.match(
      text,
      /allows it with \\"chat\\" under \\"allow\\" in its policy file \(cloudtolocalllm policy edit\)/,
    );
    await rm(fileOf('bridge'));
    await until('the defaults hold again', SOON_MS, async () => (await policyShown()).from === 'defaults');
    assert.equal((await ask('/api/chat', question)).status, 200);
    assert.match(stack.stack.bridge?.tail ?? '', /policy {2}there is no file, so the defaults hold/);
  });

  it('is refused with its line while it is wrong, and what held before stays', async () => {
    await save('allow: [chat]\n');
    await until('listing is refused', SOON_MS, async () => (await ask('/api/show', question)).status === 403);
    await save('allow: [chat, listing]\nhours: never\n');
    await until('the fault is shown', SOON_MS, async () => (await policyShown()).fault !== undefined);
    const said = `${fileOf('bridge')}:2:8: "hours" cannot be "never": write always, or a list such as`;
    assert.ok(stack.stack.bridge?.tail.includes(`what held before stays in force:\n${said}`), stack.stack.bridge?.tail);
    const [checked, status] = await Promise.all([run('policy', 'check'), run('status')]);
    assert.equal(checked.code, 1);
    assert.ok(checked.stderr.startsWith(said) && checked.stderr.includes('  2 | hours: never\n'), checked.stderr);
    assert.ok(status.stdout.includes(said), status.stdout);
    assert.equal((await ask('/api/show', question)).status, 403);
    assert.equal((await ask('/api/chat', question)).status, 200);
  });

  it('lets nothing through when it is wrong at the start, and all it says once it is mended', async () => {
    await stack.stack.bridge?.stop();
    await save('models:\n  allow:\n');
    const started = stack.stack.startBridge();
    const said = /nothing is let through until it is mended:\n.*:2:3: "models.allow" has no value/;
    await until('it is said', SOON_MS * 3, () => said.test(stack.stack.bridge?.tail ?? ''));
    assert.notEqual((await ask('/api/chat', question)).status, 200);
    await save('models:\n  allow: [tiny-demo]\nlog:\n  requests: all\n');
    await until('it is let through', SOON_MS, async () => (await ask('/api/chat', question)).status === 200);
    await started;
    assert.deepEqual((await bridgeNamed(bridgeId)).models, ['tiny-demo:latest']);
  });

  it('logs requests when it says so, and never what is asked and answered', async () => {
    const lines = async (): Promise<string[]> =>
      (await log()).match(/^request POST \/api\/chat tiny-demo\S* 200 \d+ B \d+ ms$/gm) ?? [];
    const log = async (): Promise<string> => (await stack.logs())['bridge.log'] ?? '';
    const before = (await lines()).length;
    await ask('/api/chat', question);
    await until('the line of an exchange', SOON_MS, async () => (await lines()).length === before + 1);
    const { model, messages } = question;
    await stack.client.queue.send(bridgeId, { model, messages });
    await until('the line of the queue', SOON_MS, async () => (await lines()).length === before + 2);
    const text = await log();
    assert.ok(!text.includes('nobody logs') && !text.includes(SENTENCE.slice(0, 20)));
  });

  it('begins nothing outside its hours, and goes on when they are changed', async () => {
    const later = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'][(new Date().getDay() + 3) % 7];
    await save(`hours: ["${later} 10:00-11:00"]\n`);
    await until('it is closed', SOON_MS, async () => (await ask('/api/chat', question)).status !== 200);
    const { stdout } = await run('policy', 'show');
    assert.match(stdout, /^Closed +This bridge is closed until \w{3} 10:00/m);
    await save('hours: always\n');
    await until('it is open', SOON_MS, async () => (await ask('/api/chat', question)).status === 200);
  });

  it('lets models be pulled when it says so; a pull that runs is finished when that is taken back', async () => {
    const id = (await stack.client.bridges.list()).find(({ name }) => name === 'attic')?.bridgeId ?? '';
    const pull = async (model: string): Promise<string> => {
      let last = '';
      for await (const event of stack.client.models.pull(id, model)) last = event.type;
      return last;
    };
    const policyDenied = (error: unknown): boolean => (error as { code?: string }).code === 'policy_denied';
    await assert.rejects(pull('llama3.2:1b'), policyDenied);
    await save('manage:\n  pull: true\n', 'attic');
    await until('the relay knows', SOON_MS, async () => (await bridgeNamed(id)).may === true);
    const pulling = pull('llama3.2:1b');
    await until('the engine pulls', SOON_MS, () => engine.pulls.length === 1);
    await assert.rejects(stack.client.models.delete(id, 'qwen3:4b'), policyDenied);
    await save('manage:\n  pull: false\n', 'attic');
    await until('the relay knows', SOON_MS, async () => (await bridgeNamed(id)).may === false);
    await assert.rejects(pull('gemma3:1b'), policyDenied);
    engine.pulls[0]?.end();
    assert.equal(await pulling, 'complete');
    assert.ok(engine.models.has('llama3.2:1b') && engine.models.has('qwen3:4b'));
    assert.equal(engine.pulls.length, 1);
  });
});
