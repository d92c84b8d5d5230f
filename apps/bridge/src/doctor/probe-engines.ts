import type { BridgeConfig } from '../config.ts';
import { CONNECT_HEADER } from '../connect/connect-mark.ts';
import type { RunningState } from '../daemon/state-file.ts';
import { chosenEngines } from '../engines/chosen-engines.ts';
import { ENGINE_KINDS } from '../engines/engine-kind.ts';
import { addressText, type EngineChoice, namedEngines } from '../engines/engine-settings.ts';
import { PROBE_TIMEOUT_MS, type EngineState } from '../engines/probe-engine.ts';
import { surveyEngines, type SurveyedEngine } from '../engines/survey-engines.ts';
import { reachDirectly } from '../network/outbound.ts';

export interface EngineFinding {
  url: string;
  /** `connect` is our own. */
  state: EngineState | 'connect';
  /** Such as `Ollama 0.12.3`. */
  version?: string;
  models: readonly string[];
}

/** How the engines are that the bridge uses, or would use. Throws BridgeError for a file with engines that is wrong. */
export async function probeEngines(config: BridgeConfig, running: RunningState | undefined): Promise<EngineFinding[]> {
  const choice = withRunning((await chosenEngines(config)).choice, running);
  reachDirectly(choice.engines.map(({ url }) => url.hostname));
  return Promise.all((await surveyEngines(choice)).map(finding));
}

/** Those as well that were named for this run alone. */
function withRunning(choice: EngineChoice, running: RunningState | undefined): EngineChoice {
  const known = new Set(choice.engines.map(({ url }) => addressText(url)));
  const more = (running?.engines ?? []).map(({ address }) => address).filter((address) => !known.has(address));
  if (more.length === 0) return choice;
  return { ...choice, engines: [...choice.engines, ...namedEngines(more).engines], discover: false };
}

async function finding({
  address,
  state,
  kind,
  version = '',
  demo,
  models,
  settings,
}: SurveyedEngine): Promise<EngineFinding> {
  const isConnect = (state === 'broken' || state === 'other') && (await isOurConnect(settings.url));
  const label = demo ? 'demo engine' : kind && ENGINE_KINDS[kind].label;
  return {
    url: address,
    state: isConnect ? 'connect' : state,
    ...(label !== undefined && { version: `${label} ${version}`.trim() }),
    models,
  };
}

async function isOurConnect(url: URL): Promise<boolean> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    await response.body?.cancel();
    return response.headers.has(CONNECT_HEADER);
  } catch {
    return false;
  }
}
