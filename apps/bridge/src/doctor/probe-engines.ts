import type { BridgeConfig } from '../config.ts';
import type { RunningState } from '../daemon/state-file.ts';
import { CONNECT_HEADER } from '../connect/connect-mark.ts';
import { engineAddress } from '../engines/engine-address.ts';
import { PROBE_TIMEOUT_MS, probeOllama } from '../engines/ollama.ts';
import { reachDirectly } from '../network/outbound.ts';

export interface EngineFinding {
  url: string;
  /** `hung` takes connections and says nothing; `foreign` answers, but not as an engine; `connect` is our own. */
  state: 'answers' | 'hung' | 'down' | 'foreign' | 'connect';
  /** Such as `Ollama 0.12.3`. */
  version?: string;
  models: readonly string[];
}

/** How the engines are that the bridge uses, or would use. */
export async function probeEngines(config: BridgeConfig, running: RunningState | undefined): Promise<EngineFinding[]> {
  // The bridge's state tells their addresses, between commas.
  const used = (running?.engine ?? '').split(/,\s*/).flatMap((address) => URL.parse(address) ?? []);
  const urls = used.length > 0 ? used : [engineAddress(config.engineUrl)];
  reachDirectly(urls.map(({ hostname }) => hostname));
  return Promise.all(urls.map(probe));
}

async function probe(url: URL): Promise<EngineFinding> {
  const report = await probeOllama(url);
  if (report) {
    const { version, demo } = report.engine;
    return {
      url: url.origin,
      state: 'answers',
      version: demo ? `demo engine ${version}` : `Ollama ${version}`,
      models: report.models,
    };
  }
  return { url: url.origin, state: await why(url), models: [] };
}

/** Why it did not answer as an engine. */
async function why(url: URL): Promise<EngineFinding['state']> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    await response.body?.cancel();
    return response.headers.has(CONNECT_HEADER) ? 'connect' : 'foreign';
  } catch (error) {
    return error instanceof DOMException && error.name === 'TimeoutError' ? 'hung' : 'down';
  }
}
