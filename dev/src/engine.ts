import { engineAddress } from '../../apps/bridge/src/engines/engine-address.ts';
import { probeEngine } from '../../apps/bridge/src/engines/probe-engine.ts';
import { installEngine } from '../engine/install.ts';
import { Child } from './child.ts';

const ENGINE_MAIN = new URL('../engine/main.ts', import.meta.url).pathname;

export interface RunningEngine {
  url: URL;
  /** What a person is told about it. */
  label: string;
  demo: boolean;
  /** Only for an engine that we started. */
  child?: Child;
}

/** The person's own Ollama, when it answers at `OLLAMA_HOST` or the usual address. */
export async function findOllama(host: string | undefined): Promise<RunningEngine | undefined> {
  const url = engineAddress(host);
  const { state, demo = false, version, models } = await probeEngine({ url, kind: 'ollama' });
  return state === 'up' ? { url, demo, label: `Ollama ${version} at ${url.host}, ${models.length} models` } : undefined;
}

/** Starts the demo engine: a real llama.cpp on a tiny model that always says the same sentence. */
export async function startDemoEngine(options: {
  dataDir: string;
  logFile: string;
  env: NodeJS.ProcessEnv;
  args?: readonly string[];
  /** As of a Child. */
  within?: readonly string[];
  progress?: (text: string) => void;
}): Promise<RunningEngine & { child: Child }> {
  await installEngine({ ...(options.progress && { onProgress: options.progress }) });
  const args = [
    '--disable-warning=ExperimentalWarning',
    ENGINE_MAIN,
    '--data-dir',
    options.dataDir,
    '--exit-with-parent',
    ...(options.args ?? []),
  ];
  const { env, logFile, within = [] } = options;
  const child = new Child({ args, within, env, logFile });
  const address = await child.until('The demo engine did not start', async () => {
    const line = /^\{"url":"[^"]+"\}$/m.exec(child.tail)?.[0];
    return line === undefined ? undefined : (JSON.parse(line) as { url: string }).url; // its one line on stdout
  });
  return { url: new URL(address), demo: true, label: 'demo engine (always the same sentence)', child };
}
