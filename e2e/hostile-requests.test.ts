import { test, type TestContext } from 'node:test';
import type { CreateProxyResponse } from '@cloudtolocalllm/protocol';
import { Forwarder } from '../apps/bridge/src/forwarder.ts';
import { defaultPolicy } from '../apps/bridge/src/policy.ts';
import { TestBridge } from '../apps/relay/src/bridges/test-bridge.ts';
import { startTestRelay } from '../apps/relay/src/test-relay.ts';
import { refusesHostileRequests } from './support/hostile-requests.ts';
import { recordingEngine } from './support/recording-engine.ts';

/** A relay, and a bridge with its own policy in front of an engine that tells what it heard. */
async function start(t: TestContext) {
  const engine = await recordingEngine(t);
  const forwarder = new Forwarder({ engine: engine.url, policy: defaultPolicy() });
  t.after(() => forwarder[Symbol.dispose]());
  const relay = await startTestRelay(t);
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

test('nothing hostile gets through a proxy', { timeout: 120_000 }, async (t) => {
  const { engine, relay, bridgeId, port } = await start(t);
  const body = { bridgeId, config: { maxMemory: '512MB', maxCpu: '2' } };
  const made = await relay.call('/api/streaming/proxy/create', { method: 'POST', body });
  const { endpoint, credentials } = (await made.json()) as CreateProxyResponse; // by schema
  const base = new URL(endpoint).pathname;
  await refusesHostileRequests(t, { engine, port, base, token: credentials.token });
});
