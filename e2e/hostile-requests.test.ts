import { test, type TestContext } from 'node:test';
import type { CreateProxyResponse, ProxyConfig } from '@cloudtolocalllm/protocol';
import { Engines } from '../apps/bridge/src/engines/engines.ts';
import { Forwarder } from '../apps/bridge/src/forwarder.ts';
import { defaultPolicy } from '../apps/bridge/src/policy.ts';
import { TestBridge } from '../apps/relay/src/bridges/test-bridge.ts';
import { readConfig } from '../apps/relay/src/config.ts';
import { startTestRelay } from '../apps/relay/src/test-relay.ts';
import { refusesHostileRequests } from './support/hostile-requests.ts';
import { recordingEngine } from './support/recording-engine.ts';

/** A relay, and a bridge with its own policy in front of an engine that tells what it heard. */
async function start(t: TestContext, variables: Record<string, string> = {}) {
  const engine = await recordingEngine(t);
  const forwarder = new Forwarder({
    engines: new Engines({ engines: [{ url: engine.url }], discover: false }),
    policy: defaultPolicy(),
  });
  t.after(() => forwarder[Symbol.dispose]());
  const relay = await startTestRelay(t, {
    config: { proxies: readConfig({ PROXY_POOL_SIZE: '0', ...variables }).proxies },
  });
  const body = { clientId: crypto.randomUUID(), platform: 'linux', version: '1', capabilities: ['streaming'] };
  const registered = await relay.call('/api/bridge/register', { method: 'POST', body });
  const { bridgeId, sessionToken } = (await registered.json()) as { bridgeId: string; sessionToken: string }; // by schema
  const bridge = new TestBridge((request, exchange) => {
    const receiver = forwarder.accept(request, exchange);
    return {
      data: (chunk) => receiver.data(chunk),
      end: () => receiver.end(),
      reset: (code, reason) => receiver.reset(code, reason),
      drain: () => receiver.drain?.(),
    };
  });
  await bridge.connect(`${relay.url.replace('http', 'ws')}/ws/bridge/${bridgeId}`, sessionToken);
  return { engine, relay, bridgeId, port: Number(new URL(relay.url).port), token: relay.token };
}

for (const base of ['/ollama', '']) {
  test(`nothing hostile gets through ${base}/v1`, { timeout: 120_000 }, async (t) => {
    await refusesHostileRequests(t, { ...(await start(t)), base });
  });
}

/** The same behind a proxy. */
async function startProxy(t: TestContext, config: ProxyConfig, variables?: Record<string, string>) {
  const { engine, relay, bridgeId, port } = await start(t, variables);
  const body = { bridgeId, config: { maxMemory: '512MB', maxCpu: '2', ...config } };
  const made = await relay.call('/api/streaming/proxy/create', { method: 'POST', body });
  const { endpoint, credentials } = (await made.json()) as CreateProxyResponse; // by schema
  return { engine, port, endpoint: new URL(endpoint), token: credentials.token };
}

test('nothing hostile gets through a proxy', { timeout: 120_000 }, async (t) => {
  const { endpoint, ...target } = await startProxy(t, {});
  await refusesHostileRequests(t, { ...target, base: endpoint.pathname });
});

test('nothing hostile gets through a proxy that is narrowed', { timeout: 120_000 }, async (t) => {
  const { endpoint, ...target } = await startProxy(t, { models: ['m:1b'], paths: ['/v1/*'] });
  const plain = { plainPath: '/v1/models/m:1b', plainBody: '{"model":"m:1b"}' };
  await refusesHostileRequests(t, { ...target, ...plain, base: endpoint.pathname });
});

test('nothing hostile gets through a proxy at a host of its own', { timeout: 120_000 }, async (t) => {
  const { endpoint, ...target } = await startProxy(t, {}, { PROXY_DOMAIN: 'proxies.example' });
  await refusesHostileRequests(t, { ...target, base: '', host: endpoint.host });
});
