import { ENGINE_KINDS } from './engine-kind.ts';
import { addressText, type EngineChoice, type EngineSettings, USUAL_ENGINES } from './engine-settings.ts';
import { type EngineProbe, engineTrouble, probeEngine } from './probe-engine.ts';

/** One engine, as it answered just now. */
export interface SurveyedEngine extends EngineProbe {
  name: string;
  address: string;
  settings: EngineSettings;
  /** Nobody named it: it was found on its usual port. */
  isFound: boolean;
  /** For a person; undefined when nothing is wrong. */
  trouble: string | undefined;
}

/**
 * Asks all engines once, at the same time: those that are named, and those that are found on their usual ports if they
 * are to be. Of the latter, only what is an engine is told. Never throws.
 */
export async function surveyEngines(choice: EngineChoice, timeoutMs?: number): Promise<SurveyedEngine[]> {
  const options = timeoutMs === undefined ? {} : { timeoutMs };
  const ask = async (settings: EngineSettings, isFound: boolean): Promise<SurveyedEngine> => {
    const probe = await probeEngine(settings, options);
    const address = addressText(settings.url);
    const found = isFound && probe.kind ? ENGINE_KINDS[probe.kind].label : settings.url.host;
    return {
      ...probe,
      name: settings.name ?? found,
      address,
      settings,
      isFound,
      trouble: engineTrouble(probe, settings.url),
    };
  };
  const all = await Promise.all([
    ...choice.engines.map((settings) => ask(settings, false)),
    ...unnamed(choice).map((settings) => ask(settings, true)),
  ]);
  return all.filter((engine) => !engine.isFound || isEngine(engine, engine.settings.url));
}

/** The usual places where nobody has named an engine already. */
export function unnamed({ engines, discover, places = USUAL_ENGINES }: EngineChoice): EngineSettings[] {
  const taken = new Set(engines.map(({ url }) => place(url)));
  return discover ? places.filter(({ url }) => !taken.has(place(url))) : [];
}

/** Whether what was found on a usual port is surely an engine: another program there is nobody's business. */
export function isEngine({ state, kind, models }: EngineProbe, { port }: URL): boolean {
  // Nothing else uses Ollama's port: what accepts connections there and is silent is one that hangs.
  if (state === 'hangs') return port === String(ENGINE_KINDS.ollama.port);
  // Of one that nobody knows, only its models tell that it is none of the other things that have a /v1/models.
  if (state === 'up') return kind !== 'openai' || models.length > 0;
  return kind !== undefined && (state === 'loading' || state === 'locked');
}

/** `localhost` is 127.0.0.1 under another name. */
function place({ hostname, port }: URL): string {
  return `${hostname === 'localhost' || hostname === '[::1]' ? '127.0.0.1' : hostname}:${port}`;
}
