import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { loadCredentials } from '../apps/bridge/src/credentials.ts';
import { probeEngine } from '../apps/bridge/src/engines/probe-engine.ts';
import { SENTENCE } from '../dev/engine/write-model.ts';
import { Child } from '../dev/src/child.ts';
import { ExtraBridge } from './support/extra-bridge.ts';
import { clientsAt } from './support/official-clients.ts';
import { bridgeArgs, bridgeEnv, runBridge } from './support/run-bridge.ts';
import { signedInHome } from './support/signed-in-home.ts';
import { TestStack, until } from './support/test-stack.ts';

const QUESTION = [{ role: 'user' as const, content: 'Hello?' }];

/** `cloudtolocalllm connect` on a second computer. */
class Connected implements AsyncDisposable {
  readonly child: Child;
  readonly home: string;
  url = '';

  private constructor(child: Child, home: string) {
    this.child = child;
    this.home = home;
  }

  static async start(
    stack: TestStack,
    name: string,
    options: { args?: string[]; credentials?: Parameters<typeof signedInHome>[2] } = {},
  ): Promise<Connected> {
    const home = await signedInHome(stack, name, options.credentials);
    const args = bridgeArgs('connect', '--port', '0', ...(options.args ?? []));
    const logFile = join(stack.stack.dataDir, 'logs', `connect-${name}.log`);
    const connected = new Connected(new Child({ args, env: bridgeEnv(home), logFile }), home);
    connected.url = await connected.child.until('connect does not listen', async () => {
      return /^Listening at (\S+) [^]*\n\S/m.exec(connected.child.tail)?.[1];
    });
    return connected;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.child.stop();
  }
}

describe('connect', () => {
  let stack: TestStack;
  let here: Connected;
  before(async () => {
    stack = await TestStack.start({ engineArgs: ['--tokens-per-second', '100'] });
    here = await Connected.start(stack, 'second');
  });
  after(async () => {
    await here[Symbol.asyncDispose]();
    await stack[Symbol.asyncDispose]();
  });

  const clients = () => clientsAt({ openai: `${here.url}/v1`, ollama: here.url, anthropic: here.url, token: 'ollama' });
  const post = (path: string, body: object, headers: Record<string, string> = {}) =>
    fetch(here.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });

  it('looks like an Ollama, and names who answers', async () => {
    const response = await fetch(here.url);
    assert.equal(await response.text(), 'Ollama is running');
    assert.equal((await fetch(here.url, { method: 'HEAD' })).status, 200);
    assert.match(here.child.tail, /^Answers come from .+ through http:\/\/localhost/m);
  });

  it("serves Ollama's, OpenAI's and Anthropic's own clients, none of which signs in", async () => {
    const { ollama, openai, anthropic } = clients();
    assert.ok((await ollama.list()).models.some(({ name }) => name === 'tiny-demo:latest'));
    assert.ok((await ollama.show({ model: 'tiny-demo' })).details);
    let streamed = '';
    for await (const part of await ollama.chat({ model: 'tiny-demo', messages: QUESTION, stream: true })) {
      streamed += part.message.content;
    }
    assert.equal(streamed, SENTENCE);
    let spoken = '';
    const stream = await openai.chat.completions.create({ model: 'tiny-demo', messages: QUESTION, stream: true });
    for await (const chunk of stream) spoken += chunk.choices[0]?.delta.content ?? '';
    assert.equal(spoken, SENTENCE);
    const message = await anthropic.messages.create({ model: 'tiny-demo', max_tokens: 100, messages: QUESTION });
    assert.deepEqual(message.content.map((block) => (block.type === 'text' ? block.text : '')).join(''), SENTENCE);
  });

  it('hands each piece on as it comes, and a program that goes away idles the engine', async () => {
    const response = await post('/api/chat', { model: 'tiny-demo-endless', messages: QUESTION });
    const reader = response.body!.getReader(); // an answer has one
    for (let pieces = 0; pieces < 5; pieces++) assert.equal((await reader.read()).done, false);
    assert.equal(await stack.activeGenerations(), 1);
    await reader.cancel();
    await until('the engine is idle', 5_000, async () => (await stack.activeGenerations()) === 0);
  });

  it('a program that reads slowly holds back its own answer and nobody else', async () => {
    const slow = request(`${here.url}/api/chat`, { method: 'POST' });
    slow.on('error', () => {}); // destroyed below
    slow.end(JSON.stringify({ model: 'tiny-demo-endless', messages: QUESTION }));
    const [response] = (await once(slow, 'response')) as [IncomingMessage];
    response.pause();
    const { ollama } = clients();
    const answer = await ollama.chat({ model: 'tiny-demo', messages: QUESTION });
    assert.equal(answer.message.content, SENTENCE);
    slow.destroy();
    await until('the engine is idle', 5_000, async () => (await stack.activeGenerations()) === 0);
  });

  it('lets no page of the web in, by whatever name', async () => {
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { host: 'rebound.example' },
      { host: 'localhost.evil.example' },
    ];
    for (const headers of foreign) {
      const outgoing = request(`${here.url}/api/tags`, { headers });
      outgoing.end();
      const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
      response.resume();
      assert.equal(response.statusCode, 403, JSON.stringify(headers));
      assert.equal(response.headers['access-control-allow-origin'], undefined);
    }
    const local = await fetch(`${here.url}/api/tags`, { headers: { origin: 'http://localhost:3000' } });
    assert.equal(local.status, 200);
    assert.equal(local.headers.get('access-control-allow-origin'), 'http://localhost:3000');
  });

  it("tells in the API's own words what the policy at home denies", async () => {
    const response = await post('/api/pull', { model: 'llama3.2' });
    assert.equal(response.status, 403);
    assert.match(((await response.json()) as { error: string }).error, /policy/);
  });

  it('is no engine for a bridge on the same computer: nothing goes in a circle', async () => {
    assert.equal((await fetch(`${here.url}/api/version`)).status, 200);
    assert.equal((await probeEngine({ url: new URL(here.url), kind: 'ollama' })).state, 'broken');
    const circle = await post('/api/chat', { model: 'tiny-demo' }, { 'user-agent': 'x cloudtolocalllm-connect' });
    assert.equal(circle.status, 508);
    assert.match(((await circle.json()) as { error: string }).error, /--engine-url/);
    const { code, stdout } = await runBridge(here.home, ['doctor'], { OLLAMA_HOST: here.url });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^warning +Engine +"cloudtolocalllm connect" listens/m);
  });

  it('says which program to blame when the port is taken, and refuses to listen to the world', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo; // listening on TCP
    try {
      const { code, stderr } = await runBridge(here.home, ['connect', '--port', String(port)]);
      assert.equal(code, 1);
      assert.match(stderr, new RegExp(`port is taken.*connect --port ${port + 1}`));
    } finally {
      taken.close();
    }
    const hosts = ['::', '192.0.2.1'].map((host) => runBridge(here.home, ['connect', '--host', host]));
    for (const { code, stderr } of await Promise.all(hosts)) {
      assert.equal(code, 2);
      assert.match(stderr, /this computer alone/);
    }
  });

  it('renews a token that ended or was refused, once, and asks again', async () => {
    await using ended = await Connected.start(stack, 'ended', { credentials: { accessTokenExpires: 0 } });
    assert.equal((await fetch(`${ended.url}/api/tags`)).status, 200);
    // As it is after a person signed this session out elsewhere: it looks good and is not.
    await using refused = await Connected.start(stack, 'refused', { credentials: { accessToken: 'c2l-no-token' } });
    const response = await fetch(`${refused.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'tiny-demo', messages: QUESTION }),
    });
    assert.equal(response.status, 200);
    assert.match(await response.text(), /"content":/);
    assert.notEqual((await loadCredentials(refused.home))?.accessToken, 'c2l-no-token');
  });

  it('says how to sign in again when nothing renews the token', async () => {
    await using out = await Connected.start(stack, 'out', {
      credentials: { accessToken: 'c2l-no-token', refreshToken: undefined },
    });
    const response = await fetch(`${out.url}/v1/models`);
    assert.equal(response.status, 401);
    const { error } = (await response.json()) as { error: { message: string; type: string } }; // as: OpenAI's errors
    assert.equal(error.type, 'authentication_error');
    assert.match(error.message, /cloudtolocalllm login/);
  });

  it('asks the computer that --bridge names, and says when there is none of that name', async () => {
    await using other = await ExtraBridge.start(stack, 'laptop');
    await using named = await Connected.start(stack, 'named', { args: ['--bridge', 'laptop'] });
    await using unknown = await Connected.start(stack, 'unknown', { args: ['--bridge', 'nobody'] });
    const list = async (url: string): Promise<Response> => fetch(`${url}/api/tags`);
    assert.equal((await list(named.url)).status, 200);
    await other.bridge.stop();
    const offline = await list(named.url);
    assert.equal(offline.status, 503);
    assert.match(((await offline.json()) as { error: string }).error, /offline/);
    const nobody = await list(unknown.url);
    assert.equal(nobody.status, 503);
    assert.match(((await nobody.json()) as { error: string }).error, /no computer "nobody".*"laptop"/);
  });

  it('survives a relay that goes away, and says so meanwhile', async () => {
    await stack.stack.relay.kill();
    const response = await fetch(`${here.url}/api/tags`);
    assert.equal(response.status, 503);
    const { error } = (await response.json()) as { error: string }; // as: Ollama's errors
    assert.match(error, /^Cannot reach the relay at http:\/\/localhost:\d+: .*cloudtolocalllm doctor$/);
    await stack.stack.startRelay();
    await stack.untilBridge({ status: 'connected' });
    assert.equal((await fetch(`${here.url}/api/tags`)).status, 200);
  });
});
