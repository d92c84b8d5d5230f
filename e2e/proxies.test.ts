import assert from 'node:assert/strict';
import { request } from 'node:http';
import { text as wholeText } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import type { ProxyStatus } from '@cloudtolocalllm/protocol';
import { SENTENCE } from '../dev/engine/write-model.ts';
import { controlGroupsOf, workersOf } from './support/proxy-workers.ts';
import { TestStack, until } from './support/test-stack.ts';

interface Made {
  proxyId: string;
  endpoint: string;
  credentials: { token: string; expires: string };
}

/** Calls of the proxy API and of a proxy's own endpoint, as a program makes them. */
function caller(stack: TestStack) {
  const { url } = stack.stack;
  const json = { 'content-type': 'application/json' };
  const api = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${url}/api/streaming/proxy${path}`, {
      method,
      headers: { ...stack.authorization, ...(body !== undefined && json) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    assert.equal(response.status, 200, await response.clone().text());
    return (await response.json()) as T; // of our own API, whose contract is tested elsewhere
  };
  return {
    create: async (config: object = {}) => api<Made>('POST', '/create', { bridgeId: await stack.bridgeId(), config }),
    status: (proxyId: string) => api<ProxyStatus>('GET', `/${proxyId}/status`),
    end: (proxyId: string) => api('DELETE', `/${proxyId}`),
    chat: ({ endpoint, credentials }: Made, model: string, signal?: AbortSignal) =>
      fetch(`${endpoint}/api/chat`, {
        method: 'POST',
        headers: { ...json, authorization: `Bearer ${credentials.token}` },
        body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello?' }] }),
        ...(signal && { signal }),
      }),
  };
}

/** What an answer of Ollama's says. */
function said(ndjson: string): string {
  const lines = ndjson.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => (JSON.parse(line) as { message: { content: string } }).message.content).join('');
}

describe('a proxy', () => {
  let stack: TestStack;
  before(async () => {
    stack = await TestStack.start({
      relayEnv: { PROXY_DOMAIN: 'proxies.localhost' },
      engineArgs: ['--tokens-per-second', '400'],
    });
  });
  after(() => stack[Symbol.asyncDispose]());

  it('answers under its own host name, and nothing else of the relay does', async () => {
    const { create } = caller(stack);
    const { endpoint, proxyId, credentials } = await create();
    const { hostname, port, host } = new URL(endpoint);
    assert.equal(hostname, `${proxyId}.proxies.localhost`);
    const get = (path: string, headers: Record<string, string>): Promise<{ status: number; body: string }> =>
      new Promise((resolve, reject) => {
        request({ host: '127.0.0.1', port, path, headers: { host, ...headers } }, (response) => {
          wholeText(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
        })
          .on('error', reject)
          .end();
      });
    const bearer = { authorization: `Bearer ${credentials.token}` };
    const models = await get('/v1/models', bearer);
    assert.equal(models.status, 200);
    assert.match(models.body, /tiny-demo/);
    assert.equal((await get('/v1/models', stack.authorization)).status, 401);
    for (const path of ['/api/me', '/api/health', '/', `/proxy/${proxyId}/v1/models`]) {
      assert.doesNotMatch((await get(path, stack.authorization)).body, /userId|uptime|<html/);
    }
  });
});

describe('a proxy at a path', () => {
  let stack: TestStack;
  before(async () => {
    stack = await TestStack.start({
      // So that the process that comes with a proxy is that proxy's.
      relayEnv: { PROXY_POOL_SIZE: '0' },
      engineArgs: ['--tokens-per-second', '400'],
    });
  });
  after(() => stack[Symbol.asyncDispose]());

  it('streams, measures what it does, and is gone when it is deleted', async () => {
    const { create, status, end, chat } = caller(stack);
    const made = await create({ timeout: 300, maxMemory: '256MB', maxCpu: '0.5' });
    assert.ok(made.endpoint.startsWith(stack.stack.publicUrl), made.endpoint);
    const answer = await chat(made, 'tiny-demo');
    assert.equal(answer.status, 200);
    const body = await answer.text();
    assert.equal(said(body), SENTENCE);
    await until('it has measured that', 5000, async () => (await status(made.proxyId)).metrics.requests === 1);
    const figures = await status(made.proxyId);
    assert.equal(figures.status, 'running');
    assert.ok(figures.metrics.bytesTransferred > Buffer.byteLength(body), `${figures.metrics.bytesTransferred} bytes`);
    assert.equal(figures.metrics.errorRate, 0);
    assert.ok(figures.metrics.tokens > 5, `${figures.metrics.tokens} tokens`);
    assert.match(figures.resources.memoryUsage, /^[1-9]\d*MB$/);
    assert.match(figures.resources.cpuUsage, /^\d+(\.\d+)?%$/);

    await end(made.proxyId);
    assert.equal((await chat(made, 'tiny-demo')).status, 401);
    const last = await status(made.proxyId);
    assert.equal(last.status, 'terminated');
    assert.equal(last.reason, 'deleted');
    assert.equal(last.metrics.requests, 1);
  });

  it('ends what it streams in a way that nobody takes for success when it is deleted', async () => {
    const { create, end, chat } = caller(stack);
    const made = await create();
    const reader = (await chat(made, 'tiny-demo-endless')).body!.getReader(); // an answer has a body
    await reader.read();
    assert.equal(await stack.activeGenerations(), 1);
    await end(made.proxyId);
    await assert.rejects(async () => {
      while (!(await reader.read()).done);
    });
    await until('the engine is idle', 2000, async () => (await stack.activeGenerations()) === 0);
  });

  it('stops the engine when its client goes away', async () => {
    const { create, end, chat } = caller(stack);
    const made = await create();
    const abort = new AbortController();
    await (await chat(made, 'tiny-demo-endless', abort.signal)).body!.getReader().read(); // an answer has a body
    abort.abort();
    await until('the engine is idle', 1000, async () => (await stack.activeGenerations()) === 0);
    await end(made.proxyId);
  });

  it('fails alone when its process dies', async () => {
    const { create, status, chat, end } = caller(stack);
    const before = await workersOf(relayPid(stack));
    const victim = await create();
    const [pid, ...others] = (await workersOf(relayPid(stack))).filter((worker) => !before.includes(worker));
    assert.ok(pid !== undefined && others.length === 0);
    const neighbour = await create();
    const reader = (await chat(victim, 'tiny-demo-endless')).body!.getReader(); // an answer has a body
    await reader.read();
    process.kill(pid, 'SIGKILL');
    await assert.rejects(async () => {
      while (!(await reader.read()).done);
    });
    await until('it is said', 5000, async () => (await status(victim.proxyId)).status === 'crashed');
    assert.equal((await status(victim.proxyId)).reason, 'killed');
    assert.equal(said(await (await chat(neighbour, 'tiny-demo')).text()), SENTENCE);
    assert.equal((await status(neighbour.proxyId)).status, 'running');
    await end(neighbour.proxyId);
  });

  it('leaves nothing behind when the relay is killed, and says so when that is back', async () => {
    const { create, status, chat } = caller(stack);
    const made = await create();
    assert.equal(said(await (await chat(made, 'tiny-demo')).text()), SENTENCE);
    const workers = await workersOf(relayPid(stack));
    assert.ok(workers.length > 0);
    await stack.stack.relay.kill();
    await until('its processes are gone', 5000, () => workers.every((pid) => !isAlive(pid)));
    await stack.stack.startRelay();
    const ended = await status(made.proxyId);
    assert.equal(ended.status, 'terminated');
    assert.equal(ended.reason, 'relay_stopped');
    assert.equal((await chat(made, 'tiny-demo')).status, 401);
    await until('its groups are gone', 5000, async () => (await controlGroupsOf(made.proxyId)).length === 0);
  });
});

function relayPid({ stack }: TestStack): number {
  const { pid } = stack.relay.process;
  assert.ok(pid !== undefined);
  return pid;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
