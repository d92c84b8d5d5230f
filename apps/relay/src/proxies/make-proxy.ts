import { memoryBytes, type ProxyConfig } from '@cloudtolocalllm/protocol';
import type { KeyRestrictions } from '../accounts/rights.ts';
import type { ProxyDriver } from './drivers/proxy-driver.ts';
import { hashOfToken, newProxyToken } from './proxy-token.ts';
import { type ProxyIdentity, RunningProxy, type RunningProxyOptions } from './running-proxy.ts';

/** What somebody asks for. */
export interface ProxyDraft {
  userId: string;
  bridgeId: string;
  /** The API key that asks. */
  key: Omit<KeyRestrictions, 'bridges'> | undefined;
  name: string | undefined;
  config: ProxyConfig;
  /** Where the request comes from. */
  address: string;
  id?: string | undefined;
  /** Whether whoever asks has gone: nobody would ever know the token. */
  isGone(): boolean;
}

export interface MakeProxyOptions extends Pick<RunningProxyOptions, 'budget' | 'upstream' | 'now' | 'died'> {
  draft: Omit<ProxyIdentity, 'tokenHash' | 'created' | 'expires'>;
  /** When the key that asks ends, in milliseconds since 1970: no proxy outlives it. */
  endsAtLatest: number;
  driver: ProxyDriver;
}

/**
 * Starts a proxy's process, and makes its token, which is kept nowhere. Its time begins now.
 * @throws Error when there is no process to be had; nothing of it is left then.
 */
export async function makeProxy({
  draft,
  endsAtLatest,
  driver,
  ...options
}: MakeProxyOptions): Promise<{ proxy: RunningProxy; token: string }> {
  const { id, config } = draft;
  const token = newProxyToken();
  const created = options.now();
  const expires = Math.min(created + config.lifetime * 1000, endsAtLatest);
  const worker = await driver.create({
    proxyId: id,
    memoryBytes: memoryBytes(config.maxMemory),
    cpus: Number(config.maxCpu),
    expires: new Date(expires),
  });
  const identity = { ...draft, tokenHash: hashOfToken(token), created, expires };
  return { proxy: await RunningProxy.start({ ...options, identity, driver: driver.name, worker }), token };
}
