import type { EngineInfo } from '@cloudtolocalllm/protocol';
import { engineInfo, PROBE_TIMEOUT_MS, probeEngine } from './probe-engine.ts';

/** How an engine is: undefined when it does not answer as one. */
export interface EngineReport {
  engine: EngineInfo;
  models: readonly string[];
}

/** Asks an Ollama (or what answers like one) for its version and models. */
export async function probeOllama(engine: URL, timeoutMs = PROBE_TIMEOUT_MS): Promise<EngineReport | undefined> {
  const probe = await probeEngine({ url: engine, kind: 'ollama' }, { timeoutMs });
  return probe.state === 'up' ? { engine: engineInfo(probe), models: probe.models } : undefined;
}
