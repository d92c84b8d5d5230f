import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { TestBridge, type Accept } from '../bridges/test-bridge.ts';
import type { LimitsConfiguration } from '../config.ts';
import type { TestRelay } from '../test-relay.ts';

/** Limits that no test reaches by accident, but for these. */
export function limitsWith(changes: Partial<LimitsConfiguration>): LimitsConfiguration {
  const many = 1_000_000;
  const perHour = { userPerHour: many, bridgePerHour: many, addressPerHour: many };
  return { ...perHour, streamsPerUser: many, socketsPerUser: many, store: 'memory', ...changes };
}

/** The limit that an answer counts against, and what is left of it; undefined when it counts against none. */
export function countOf({ headers }: Response): { limit: number; remaining: number } | undefined {
  const limit = headers.get('x-ratelimit-limit');
  return limit === null ? undefined : { limit: Number(limit), remaining: Number(headers.get('x-ratelimit-remaining')) };
}

/** Registers a bridge of the relay's local user, connects it and lets it list the model `m`. */
export async function connectBridge(t: TestContext, relay: TestRelay, accept: Accept, clientId = 'test') {
  const body = { clientId, platform: 'linux', version: '1.0.0', capabilities: ['ollama', 'streaming'] };
  const answer = await relay.call('/api/bridge/register', { method: 'POST', body });
  const { bridgeId, sessionToken } = (await answer.json()) as { bridgeId: string; sessionToken: string }; // as: specified
  const bridge = new TestBridge(accept);
  const socketUrl = `${relay.url.replace('http', 'ws')}/ws/bridge/${bridgeId}`;
  await bridge.connect(socketUrl, sessionToken);
  t.after(() => bridge.socket?.terminate());
  bridge.say({ type: 'status_update', payload: { ollamaStatus: 'connected', models: ['m'], systemLoad: 0 } });
  await until(() => relay.context.links.get(bridgeId)?.report !== undefined);
  return { bridge, bridgeId, sessionToken, socketUrl };
}

/** Resolves when it is so; the test's own timeout ends what never is. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A connection to a relay, to say on it what no HTTP client would. */
export async function dial(t: TestContext, { url }: Pick<TestRelay, 'url'>): Promise<Socket> {
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1' }).on('error', () => {});
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}
