import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { saveCredentials } from '../apps/bridge/src/credentials.ts';
import type { EngineRow } from '../apps/bridge/src/engines/engine-rows.ts';
import { SENTENCE } from '../dev/engine/write-model.ts';
import { Child } from '../dev/src/child.ts';
import { startDemoEngine, type RunningEngine } from '../dev/src/engine.ts';
import { OpenaiOnly } from './support/openai-only.ts';
import { TestStack, until } from './support/test-stack.ts';

const BRIDGE_MAIN = new URL('../apps/bridge/src/main.ts', import.meta.url).pathname;
const KEY = 'sk-of-the-studio';
const messages = [{ role: 'user' as const, content: 'Hello?' }];

describe('several engines behind one bridge', () => {
  let stack: TestStack;
  let home: string;
  let env: NodeJS.ProcessEnv;
  /** Ollama's API: the stack's own, and one that is added while the bridge is up. */
  let late: RunningEngine & { child: Child };
  let studio: RunningEngine & { child: Child };
  let front: OpenaiOnly;
  let bridge: Child;

  const startEngine = (name: string, ...args: string[]) =>
    startDemoEngine({
      dataDir: join(stack.stack.dataDir, 'engine'),
      logFile: join(stack.stack.dataDir, 'logs', `engine-${name}.log`),
      env: process.env,
      args: ['--model-prefix', `${name}-`, ...args],
    });

  before(async () => {
    stack = await TestStack.start({ bridge: false });
    home = join(stack.stack.dataDir, 'bridge');
    const { OLLAMA_HOST: _, ...rest } = process.env;
    env = { ...rest, CLOUDTOLOCALLLM_HOME: home, CLOUDTOLOCALLLM_ENGINE_KEY: '', NO_COLOR: '1' };
    [late, studio] = await Promise.all([startEngine('late'), startEngine('studio', '--tokens-per-second', '100')]);
    front = await OpenaiOnly.start(studio.url, KEY);
    await mkdir(home, { recursive: true });
    const engines = [
      `  - url: ${stack.stack.engine.url.origin}\n    name: Home`,
      `  - url: ${front.url.origin}/v1\n    name: Studio\n    limit: 1\n    key: ${KEY}`,
    ];
    await writeFile(join(home, 'engines.yaml'), `discover: false\nengines:\n${engines.join('\n')}\n`);
    const tokens = await stack.stack.tokens();
    await saveCredentials(home, {
      relay: stack.stack.publicUrl,
      clientId: crypto.randomUUID(),
      issuer: `${stack.stack.publicUrl}/oidc`,
      oidcClientId: tokens.clientId,
      accessToken: tokens.accessToken,
      accessTokenExpires: Date.now() + tokens.expiresIn * 1000,
      refreshToken: tokens.refreshToken,
    });
    const logFile = join(stack.stack.dataDir, 'logs', 'bridge.log');
    bridge = new Child({ args: [BRIDGE_MAIN, 'up'], env, logFile });
    await bridge.until('The bridge did not come online', async () => /^online .*$/m.exec(bridge.tail)?.[0]);
  });
  after(async () => {
    await bridge?.stop();
    studio?.child.process.kill('SIGCONT');
    stack?.stack.engine.child?.process.kill('SIGCONT');
    await front?.[Symbol.asyncDispose]();
    await Promise.all([late?.child.stop(), studio?.child.stop()]);
    await stack?.[Symbol.asyncDispose]();
  });

  async function command(...args: string[]): Promise<string> {
    return (await promisify(execFile)(process.execPath, [BRIDGE_MAIN, ...args], { env })).stdout;
  }
  async function rows(): Promise<EngineRow[]> {
    return (JSON.parse(await command('engines', '--json')) as { engines: EngineRow[] }).engines; // as: the command's own
  }
  async function models(): Promise<string[]> {
    return (await stack.client.bridges.list())[0]?.client.models ?? [];
  }
  async function active({ url }: { url: URL }): Promise<number> {
    const { models: loaded } = (await (await fetch(new URL('/api/ps', url))).json()) as {
      models: { active: number }[];
    }; // as: the demo engine's
    return loaded.reduce((sum, one) => sum + one.active, 0);
  }
  async function post(path: string, body: object, signal?: AbortSignal): Promise<Response> {
    return fetch(`${stack.stack.url}${path}`, {
      method: 'POST',
      headers: { ...stack.authorization, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      ...(signal && { signal }),
    });
  }
  async function chat(model: string): Promise<string> {
    const conversation = await stack.client.conversations.create({ model });
    let said = '';
    for await (const event of stack.client.messages.send(conversation.id, 'Hello?')) {
      if (event.type === 'chunk') said += event.content;
      assert.notEqual(event.type, 'error');
    }
    return said;
  }

  it('lists the models of all', async () => {
    const expected = ['tiny-demo:latest', 'tiny-demo-endless:latest'].flatMap((name) => [name, `studio-${name}`]);
    assert.deepEqual((await models()).toSorted(), expected.toSorted());
    const [client] = await stack.client.bridges.list();
    assert.equal(client?.client.engine?.kind, 'Ollama + OpenAI-compatible');
    const ollama = new Ollama({ host: `${stack.stack.url}/ollama`, headers: stack.authorization });
    assert.deepEqual((await ollama.list()).models.map(({ name }) => name).toSorted(), expected.toSorted());
    const openai = new OpenAI({ baseURL: `${stack.stack.url}/v1`, apiKey: stack.tokens.accessToken });
    const listed: string[] = [];
    for await (const { id } of openai.models.list()) listed.push(id);
    assert.deepEqual(listed.toSorted(), expected.toSorted());
    assert.equal((await openai.models.retrieve('studio-tiny-demo:latest')).id, 'studio-tiny-demo:latest');
  });

  it("chats with each of them, an engine that speaks OpenAI's API alone included", async () => {
    const [home1, studio1] = await Promise.all([chat('tiny-demo'), chat('studio-tiny-demo')]);
    assert.deepEqual([home1, studio1], [SENTENCE, SENTENCE]);
  });

  it('answers what waited in the queue, which goes by envelopes', async () => {
    const bridgeId = await stack.bridgeId();
    for (const model of ['tiny-demo:latest', 'studio-tiny-demo:latest']) {
      const { messageId } = await stack.client.queue.send(bridgeId, { model, messages });
      await until(`an answer of ${model}`, 15_000, async () => {
        const { result } = await stack.client.queue.get(bridgeId, messageId);
        return result?.content === SENTENCE;
      });
    }
  });

  it("serves the official clients with an engine that speaks OpenAI's API alone", async () => {
    const ollama = new Ollama({ host: `${stack.stack.url}/ollama`, headers: stack.authorization });
    let said = '';
    let tokens: number | undefined;
    for await (const part of await ollama.chat({ model: 'studio-tiny-demo', messages, stream: true })) {
      said += part.message.content;
      tokens = part.eval_count;
    }
    assert.deepEqual([said, tokens], [SENTENCE, 31]);
    const whole = await ollama.generate({ model: 'studio-tiny-demo', prompt: 'Hello?', stream: false });
    assert.deepEqual([whole.response, whole.done_reason], [SENTENCE, 'stop']);
    const { embeddings } = await ollama.embed({ model: 'studio-tiny-demo', input: ['a', 'b'] });
    assert.equal(embeddings.length, 2);
    assert.deepEqual((await ollama.show({ model: 'studio-tiny-demo' })).capabilities, ['completion']);
    const openai = new OpenAI({ baseURL: `${stack.stack.url}/v1`, apiKey: stack.tokens.accessToken });
    const completion = await openai.chat.completions.create({ model: 'studio-tiny-demo', messages });
    assert.equal(completion.choices[0]?.message.content, SENTENCE);
    const missing = await post('/v1/chat/completions', { model: 'nobody-has-it', messages });
    assert.equal(missing.status, 404);
  });

  it('uses an engine that is added while it is up', async () => {
    assert.match(await command('engines', 'add', late.url.origin, '--name', 'Late'), /Ollama at .* 2 models/);
    await until('its models', 10_000, async () => (await models()).includes('late-tiny-demo:latest'));
    assert.equal(await chat('late-tiny-demo'), SENTENCE);
    assert.deepEqual(
      (await rows()).map(({ name, state }) => [name, state]),
      [
        ['Home', 'up'],
        ['Studio', 'up'],
        ['Late', 'up'],
      ],
    );
    assert.doesNotMatch(await command('engines', '--json'), new RegExp(KEY));
  });

  it('a client that goes away ends the work of the engine that did it, and of no other', async () => {
    for (const [model, engine] of [
      ['late-tiny-demo-endless', late],
      ['studio-tiny-demo-endless', studio],
    ] as const) {
      const abort = new AbortController();
      const body = { model, messages, options: { num_predict: 10_000 } };
      const response = await post('/ollama/api/chat', body, abort.signal);
      await response.body?.getReader().read();
      const all = await Promise.all([stack.stack.engine, late, studio].map(active));
      assert.deepEqual([await active(engine), all.reduce((sum, one) => sum + one, 0)], [1, 1], model);
      abort.abort();
      await until(`${model} stops`, 2000, async () => (await active(engine)) === 0);
    }
  });

  it('lets one wait while the only place is taken, and says so', async () => {
    const abort = new AbortController();
    const first = await post('/ollama/api/chat', { model: 'studio-tiny-demo-endless', messages }, abort.signal);
    await first.body?.getReader().read();
    const second = post('/ollama/api/chat', { model: 'studio-tiny-demo', messages, stream: false });
    await until('one runs and one waits', 5000, async () => {
      const row = (await rows()).find(({ name }) => name === 'Studio');
      return row?.running === 1 && row.queued === 1;
    });
    assert.equal(await active(studio), 1);
    assert.equal((await fetch(`${stack.stack.url}/v1/models`, { headers: stack.authorization })).status, 200);
    abort.abort();
    const answer = (await (await second).json()) as { message: { content: string } }; // as: Ollama's
    assert.equal(answer.message.content, SENTENCE);
  });

  it('says which engine hangs, and goes on with the others', async () => {
    const { child } = stack.stack.engine;
    assert.ok(child);
    child.process.kill('SIGSTOP');
    const words = /^online .*on Studio, Late.*; the engine at .* does not answer \(hangs\)/m;
    // A look every 10 s, and 3 s for an answer.
    await bridge.until('It does not say so', async () => words.exec(bridge.tail)?.[0]);
    await until('the others', 5000, async () => !(await models()).includes('tiny-demo:latest'));
    assert.equal(await chat('late-tiny-demo'), SENTENCE);
    const refused = await post('/v1/chat/completions', { model: 'tiny-demo', messages });
    assert.match(await refused.text(), /engine_unreachable/);
    assert.match(await command('engines'), /^Home .* hangs /m);
    child.process.kill('SIGCONT');
    await until('it again', 10_000, async () => (await models()).includes('tiny-demo:latest'));
  });

  it('uses an engine no longer that was removed', async () => {
    await command('engines', 'remove', 'Late');
    await until('it is gone', 10_000, async () => !(await models()).includes('late-tiny-demo:latest'));
  });
});
