import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ProxyStatus } from '@cloudtolocalllm/protocol';
import { DockerApi } from '../apps/relay/src/proxies/drivers/docker-api.ts';
import { WORKER_LABEL } from '../apps/relay/src/proxies/drivers/docker-sweep.ts';
import { TestDocker } from '../apps/relay/src/proxies/drivers/test-docker.ts';
import { SENTENCE } from '../dev/engine/write-model.ts';
import { TestStack, until } from './support/test-stack.ts';

interface Made {
  proxyId: string;
  endpoint: string;
  credentials: { token: string };
}

const docker = await TestDocker.start();
if (typeof docker === 'string') {
  it(`proxies in Docker: not tested here, because ${docker}`, { skip: docker });
} else {
  describe('a proxy in a container', () => {
    let stack: TestStack;
    let api: DockerApi;
    before(async () => {
      // Without an image there: the relay makes it.
      const relayEnv = { PROXY_DRIVER: 'docker', PROXY_DOCKER_SOCKET: docker.socketPath, PROXY_POOL_SIZE: '1' };
      stack = await TestStack.start({ relayEnv });
      api = await DockerApi.connect(docker.socketPath);
    });
    after(async () => {
      await stack[Symbol.asyncDispose]();
      const left = await api.containers(WORKER_LABEL);
      await docker[Symbol.asyncDispose]();
      assert.deepEqual(left, [], 'a relay that stops leaves no container');
    });

    async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
      const response = await fetch(`${stack.stack.url}/api/streaming/proxy${path}`, {
        method,
        headers: { ...stack.authorization, ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      assert.equal(response.status, 200, await response.clone().text());
      return (await response.json()) as T; // of our own API, whose contract is tested elsewhere
    }

    const create = async (): Promise<Made> =>
      await call('POST', '/create', { bridgeId: await stack.bridgeId(), config: { maxMemory: '128MB' } });

    async function chat({ endpoint, credentials }: Made): Promise<string> {
      const response = await fetch(`${endpoint}/api/chat`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${credentials.token}` },
        body: JSON.stringify({ model: 'tiny-demo', messages: [{ role: 'user', content: 'Hello?' }] }),
      });
      const text = await response.text();
      assert.equal(response.status, 200, text);
      const lines = text.split('\n').filter(Boolean);
      // as: Ollama's
      return lines.map((line) => (JSON.parse(line) as { message: { content: string } }).message.content).join('');
    }

    const running = async (): Promise<number> =>
      (await api.containers(WORKER_LABEL)).filter((container) => container.running).length;

    it('streams the sentence, says what holds it, and goes when it is deleted', async () => {
      const made = await create();
      assert.equal(await chat(made), SENTENCE);
      const status = await call<ProxyStatus>('GET', `/${made.proxyId}/status`);
      assert.equal(status.driver, 'docker');
      assert.deepEqual(status.enforcement, { memory: 'docker', cpu: 'docker' });
      assert.match(status.resources.memoryUsage, /^[1-9]\d*MB$/);
      await call('DELETE', `/${made.proxyId}`);
      // One waits for the next proxy.
      await until('its container is gone', 10_000, async () => (await running()) === 1);
    });

    it('ends with a relay that is killed, and the next one clears up', async () => {
      const made = await create();
      assert.equal(await chat(made), SENTENCE);
      const before = new Set((await api.containers(WORKER_LABEL)).map(({ id }) => id));
      await stack.stack.relay.kill();
      await until('its containers have ended', 10_000, async () => (await running()) === 0);
      await stack.stack.startRelay();
      await stack.untilBridge({ status: 'connected' });
      assert.equal(await chat(await create()), SENTENCE);
      const left = (await api.containers(WORKER_LABEL)).filter(({ id }) => before.has(id));
      assert.deepEqual(left, []);
    });
  });
}
