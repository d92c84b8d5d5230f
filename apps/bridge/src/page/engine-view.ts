import type { StatusUpdate } from '@cloudtolocalllm/protocol';
import type { EngineView } from './bridge-view.ts';

/** An engine as its watch reports it. */
export function engineView(
  url: URL,
  { ollamaStatus, models, engine }: Pick<StatusUpdate['payload'], 'ollamaStatus' | 'models' | 'engine'>,
): EngineView {
  return {
    address: url.origin,
    isUp: ollamaStatus === 'connected',
    kind: engine?.kind,
    version: engine?.version,
    isDemo: engine?.demo === true,
    models,
  };
}
