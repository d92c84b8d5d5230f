import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient } from '@cloudtolocalllm/sdk';
import { TestStack, until } from './support/test-stack.ts';

describe('health', () => {
  let stack: TestStack;
  before(async () => {
    stack = await TestStack.start({ relayEnv: { METRICS_PORT: '0' } });
  });
  after(() => stack[Symbol.asyncDispose]());

  /** As it looks when a proxy in front passes a request on. */
  const FORWARDED = { 'x-forwarded-for': '203.0.113.7' };

  async function detailed(headers: Record<string, string>): Promise<{ status: number; error?: string }> {
    const response = await fetch(`${stack.stack.url}/api/health/detailed`, { headers });
    const { error } = (await response.json()) as { error?: string };
    return { status: response.status, ...(error !== undefined && { error }) };
  }

  it('is told in detail to this computer, and to others only as administrators', async () => {
    assert.deepEqual(await detailed({}), { status: 200 });
    assert.deepEqual(await detailed(FORWARDED), { status: 401, error: 'unauthorized' });
    assert.deepEqual(await detailed({ ...FORWARDED, authorization: 'Bearer nonsense' }), {
      status: 401,
      error: 'unauthorized',
    });
    const created = await fetch(`${stack.stack.url}/api/keys`, {
      method: 'POST',
      headers: { ...stack.authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'no administrator', scopes: ['chat'] }),
    });
    const { secret } = (await created.json()) as { secret: string };
    const asProgram = { ...FORWARDED, authorization: `Bearer ${secret}` };
    assert.deepEqual(await detailed(asProgram), { status: 403, error: 'forbidden' });
    assert.deepEqual(await detailed({ ...FORWARDED, ...stack.authorization }), { status: 200 });
  });

  it('has measured figures, which follow what happens', async () => {
    const administrator = createClient({ baseUrl: stack.stack.url, token: () => stack.tokens.accessToken });
    const conversation = await stack.client.conversations.create({ model: 'tiny-demo-endless' });
    let answerId = '';
    for await (const event of stack.client.messages.send(conversation.id, 'Go on.')) {
      if (event.type === 'start') answerId = event.messageId;
      if (event.type === 'chunk') break; // it goes on without a listener
    }
    const { services, infrastructure } = await administrator.health.detailed();
    const { status, bridges, exchanges, generations } = services.streaming;
    assert.deepEqual({ status, bridges, generations }, { status: 'healthy', bridges: 1, generations: 1 });
    assert.ok(exchanges >= 1, `${exchanges} exchanges`);
    assert.match(services.api.memoryUsage, /^\d{2,}MB$/);
    assert.match(services.api.cpuUsage, /^\d+(\.\d)?%$/);
    assert.ok(Number.parseFloat(services.api.cpuUsage) > 0, services.api.cpuUsage);
    assert.ok(services.api.responseTime > 0);
    assert.ok(services.api.requestsPerMinute > 3);
    assert.ok(services.api.activeConnections >= 1);
    assert.equal(services.database.connections, 1);
    assert.equal(services.auth.issuer, `${stack.stack.url}/oidc`);
    assert.ok(services.auth.keys >= 1);
    assert.equal(infrastructure.containerCount, 0);
    assert.match(infrastructure.diskUsage, /^\d+(\.\d)?%$/);
    assert.ok(infrastructure.networkLatency < 1_000);

    await stack.client.messages.stop(conversation.id, answerId);
    const after = await administrator.health.detailed();
    assert.equal(after.services.streaming.generations, 0);
  });

  it('is the same for Prometheus, at an address of its own and not at the public one', async () => {
    const { 'relay.log': log = '' } = await stack.logs();
    const [, url = ''] = /"url":"(http:\/\/127\.0\.0\.1:\d+\/metrics)"/.exec(log) ?? [];
    const text = await (await fetch(url)).text();
    assert.match(text, /^relay_bridges_connected 1$/m);
    assert.match(text, /^relay_generations_ended_total\{outcome="stopped"\} 1$/m);
    assert.match(text, /^relay_http_requests_refused_total\{reason="unauthorized"\} 2$/m);
    assert.match(text, /^relay_http_requests_total\{route="\/api\/health\/detailed",method="GET",status="403"\} 1$/m);
    assert.equal((await fetch(new URL('/api/health', url))).status, 404);
    const isPublic = await fetch(`${stack.stack.url}/metrics`, { headers: stack.authorization });
    assert.equal(isPublic.status, 404);
  });

  it("is the relay's: an engine that stops and a bridge that goes away change the figures alone", async () => {
    await stack.stack.engine.child?.kill();
    await stack.untilBridge({ status: 'connected', ollamaStatus: 'disconnected' });
    assert.equal((await stack.client.health.get()).status, 'healthy');
    await stack.stack.bridge?.stop();
    await until('no bridge is connected', 5_000, async () => {
      return (await stack.client.health.detailed()).services.streaming.bridges === 0;
    });
    assert.equal((await stack.client.health.get()).status, 'healthy');
  });
});
