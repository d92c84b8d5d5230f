import { memoryBytes, memoryText, PROXY_DEFAULTS, type ProxyConfig } from '@cloudtolocalllm/protocol';
import { sameModel } from '@cloudtolocalllm/protocol/bodies';
import type { ProxiesConfiguration } from '../config.ts';
import { RelayError } from '../errors.ts';
import { listModels } from '../keys/restrictions.ts';

/** A proxy's process, with what passes through it, needs about half of that. */
const MIN_PROXY_MEMORY_BYTES = 64 * 1024 ** 2;
/** The least share of a core that a cgroup can hold anything to: 1 ms of each 100 ms. */
const MIN_CPUS = 0.01;

/** Numbers that are called the same in a proxy's configuration and in the relay's. */
const AMOUNTS = ['maxRequests', 'maxConcurrent', 'maxTokens'] as const;

export type ProxyBounds = Pick<
  ProxiesConfiguration,
  'maxTimeoutSeconds' | 'maxLifetimeSeconds' | 'maxMemoryBytes' | 'maxCpus' | (typeof AMOUNTS)[number]
>;

/** A proxy's configuration with nothing left open that has a default. */
export type WholeProxyConfig = ProxyConfig &
  Required<Pick<ProxyConfig, 'timeout' | 'lifetime' | 'maxMemory' | 'maxCpu' | 'maxConcurrent'>>;

/**
 * What was asked for, with defaults, as the operator's limits allow. `keyModels`: of the API key that asks, when it is
 * narrowed to some.
 * @throws RelayError validation_failed naming each field and its limit; forbidden when the key may use none of the models.
 */
export function resolveProxyConfig(
  asked: ProxyConfig,
  bounds: ProxyBounds,
  keyModels?: readonly string[],
): WholeProxyConfig {
  const { maxTimeoutSeconds, maxLifetimeSeconds, maxMemoryBytes, maxCpus, maxConcurrent } = bounds;
  const { maxRequests = bounds.maxRequests, maxTokens = bounds.maxTokens } = asked;
  const details: Record<string, string> = {};
  const refuse = (field: string, problem: string): void => void (details[`config.${field}`] = problem);
  const config = {
    ...asked,
    timeout: asked.timeout ?? Math.min(PROXY_DEFAULTS.timeout, maxTimeoutSeconds),
    lifetime: asked.lifetime ?? Math.min(PROXY_DEFAULTS.lifetime, maxLifetimeSeconds),
    maxMemory: asked.maxMemory ?? memoryText(Math.min(memoryBytes(PROXY_DEFAULTS.maxMemory), maxMemoryBytes)),
    maxCpu: asked.maxCpu ?? String(Math.min(Number(PROXY_DEFAULTS.maxCpu), maxCpus)),
    maxConcurrent: asked.maxConcurrent ?? maxConcurrent,
    ...(maxRequests !== undefined && { maxRequests }),
    ...(maxTokens !== undefined && { maxTokens }),
    ...modelsFor(asked.models, keyModels),
  };
  if (config.timeout > maxTimeoutSeconds) refuse('timeout', `must be at most ${maxTimeoutSeconds} on this relay`);
  if (config.lifetime > maxLifetimeSeconds) refuse('lifetime', `must be at most ${maxLifetimeSeconds} on this relay`);
  const bytes = memoryBytes(config.maxMemory);
  const leastBytes = Math.min(MIN_PROXY_MEMORY_BYTES, maxMemoryBytes);
  if (bytes > maxMemoryBytes) refuse('maxMemory', `must be at most ${memoryText(maxMemoryBytes)} on this relay`);
  if (bytes < leastBytes) refuse('maxMemory', `must be at least ${memoryText(leastBytes)}: a proxy's process needs it`);
  const cpus = Number(config.maxCpu);
  if (cpus > maxCpus) refuse('maxCpu', `must be at most ${maxCpus} on this relay`);
  if (cpus < MIN_CPUS) refuse('maxCpu', `must be at least ${MIN_CPUS}`);
  for (const amount of AMOUNTS) {
    const most = bounds[amount] ?? Infinity;
    if ((config[amount] ?? 0) > most) refuse(amount, `must be at most ${most} on this relay`);
  }
  const [[field, problem] = []] = Object.entries(details);
  if (field === undefined) return config;
  throw new RelayError('validation_failed', `The request's body is not valid: ${field}: ${problem}`, { details });
}

/** Those that were asked for, as far as the key may use them. */
function modelsFor(asked: readonly string[] | undefined, keyModels: readonly string[] | undefined): ProxyConfig {
  if (keyModels === undefined) return {};
  const models = asked?.filter((model) => keyModels.some((name) => sameModel(name, model))) ?? [...keyModels];
  if (models.length > 0) return { models };
  throw new RelayError('forbidden', `This API key may use none of these models, only: ${listModels(keyModels)}.`);
}
