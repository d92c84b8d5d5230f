import assert from 'node:assert/strict';
import { request, type IncomingHttpHeaders } from 'node:http';
import { text as wholeText } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import {
  type CreateProxyRequest,
  createProxyResponse,
  type CreateProxyResponse,
  type ProxyConfig,
  proxyStatus,
  type ProxyStatus,
} from '@cloudtolocalllm/protocol';
import type { Config } from '../config.ts';
import type { Ticker, Ticking } from '../gateway/keep-alive-ticker.ts';
import { answer, type EngineAsked, type EngineBridge, engineBridge } from '../models/test-engine-bridge.ts';
import { startTestRelay, type TestRelay, type TestRelayOptions } from '../test-relay.ts';
import { TestDriver } from './test-driver.ts';

/** A ticker that a test moves by hand. */
export class ManualTicker implements Ticker {
  readonly #members = new Set<Ticking>();

  add(member: Ticking): void {
    this.#members.add(member);
  }

  delete(member: Ticking): void {
    this.#members.delete(member);
  }

  tick(): void {
    for (const member of this.#members) member.tick();
  }
}

/** A relay with a computer, whose proxies have no processes and whose time the test tells. */
export interface ProxyRelay {
  relay: TestRelay;
  computer: EngineBridge;
  driver: TestDriver;
  ticker: ManualTicker;
  /** Milliseconds since 1970, as the proxies see it. */
  clock: { now: number };
  /** Makes a proxy; it must succeed. */
  create(config?: ProxyConfig, request?: Partial<CreateProxyRequest>): Promise<CreateProxyResponse>;
  status(proxyId: string): Promise<ProxyStatus>;
  /** Asks the engine's API at an endpoint. */
  ask(made: Pick<CreateProxyResponse, 'proxyId' | 'credentials'>, path: string, init?: RequestInit): Promise<Response>;
}

export interface ProxyRelayOptions extends Omit<TestRelayOptions, 'config'> {
  proxies?: Partial<Config['proxies']>;
  config?: Partial<Config>;
  /** How the engine answers; absent: `{"ok":true}`. */
  respond?: (asked: EngineAsked) => void;
}

export async function startProxyRelay(t: TestContext, options: ProxyRelayOptions = {}): Promise<ProxyRelay> {
  const { proxies, config, respond = (asked) => answer(asked, 200, { ok: true }), ...others } = options;
  const clock = { now: Date.now() };
  const ticker = new ManualTicker();
  const driver = new TestDriver();
  const relay = await startTestRelay(t, {
    ticker,
    proxyDriver: driver,
    proxyClock: () => clock.now,
    ...others,
    config: { ...config, proxies: { ...DEFAULT_PROXIES, ...proxies } },
  });
  const computer = await engineBridge(relay, respond);
  return {
    relay,
    computer,
    driver,
    ticker,
    clock,
    async create(proxyConfig = {}, more = {}) {
      const body = { bridgeId: computer.bridgeId, config: proxyConfig, ...more };
      const response = await relay.call('/api/streaming/proxy/create', { method: 'POST', body });
      assert.equal(response.status, 200, await response.clone().text());
      return createProxyResponse.parse(await response.json());
    },
    async status(proxyId) {
      const response = await relay.call(`/api/streaming/proxy/${proxyId}/status`);
      assert.equal(response.status, 200, await response.clone().text());
      return proxyStatus.parse(await response.json());
    },
    ask: ({ proxyId, credentials }, path, init = {}) =>
      fetch(`${relay.url}/proxy/${proxyId}${path}`, {
        ...init,
        headers: { authorization: `Bearer ${credentials.token}`, ...(init.headers as Record<string, string>) }, // as: tests write them so
      }),
  };
}

/** As `readConfig` has them, without a pool. */
export const DEFAULT_PROXIES: Config['proxies'] = {
  driver: 'process',
  domain: undefined,
  poolSize: 0,
  maxPerUser: 20,
  maxTotal: 200,
  maxTimeoutSeconds: 24 * 3600,
  maxLifetimeSeconds: 24 * 3600,
  maxMemoryBytes: 1024 ** 3,
  maxCpus: 2,
  maxRequests: undefined,
  maxConcurrent: 50,
  maxTokens: undefined,
  docker: { image: 'cloudtolocalllm-proxy', socketPath: '/var/run/docker.sock' },
};

export interface RawAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A request with a path and a Host of any form, which `fetch` would not send. */
export function askRaw(url: string, path: string, headers: Record<string, string>, method = 'GET'): Promise<RawAnswer> {
  const { port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      const { statusCode: status = 0, headers: received } = response;
      wholeText(response).then((body) => resolve({ status, headers: received, body }), reject);
    });
    sent.on('error', reject).end();
  });
}

/** Lets everything run that is due, until this is so. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
}
