import type { InstalledModels, MergedModels, ModelChanged, ModelDetails, PullEvent } from '@cloudtolocalllm/protocol';
import type { CallOptions } from './account.ts';
import { bridgePath } from './bridges.ts';
import { endable } from './endable.ts';
import { pullEvents } from './pull-events.ts';
import type { Transport } from './transport.ts';

export type ModelCalls = ReturnType<typeof modelCalls>;

/** The models of a person's computers. Changing them needs the permission of the bridge's owner, on that computer. */
export function modelCalls(transport: Transport) {
  const path = (bridgeId: string): string => `${bridgePath(bridgeId)}/models`;
  const change = (bridgeId: string, what: 'load' | 'unload' | 'delete', model: string, options: CallOptions) =>
    transport.json<ModelChanged>('POST', `${path(bridgeId)}/${what}`, { ...options, body: { model } });

  return {
    /** Every model of every computer, and where it is. */
    merged: async (options: CallOptions = {}): Promise<MergedModels['models']> =>
      (await transport.json<MergedModels>('GET', '/api/models', options)).models,
    /** The models of one computer, those in memory marked, and whether they may be changed from here. */
    installed: (bridgeId: string, options: CallOptions = {}): Promise<InstalledModels> =>
      transport.json<InstalledModels>('GET', path(bridgeId), options),
    /** What the engine knows of a model. */
    show: (bridgeId: string, model: string, options: CallOptions = {}): Promise<ModelDetails> =>
      transport.json<ModelDetails>('POST', `${path(bridgeId)}/show`, { ...options, body: { model } }),
    /** Brings it into memory. */
    load: (bridgeId: string, model: string, options: CallOptions = {}): Promise<ModelChanged> =>
      change(bridgeId, 'load', model, options),
    unload: (bridgeId: string, model: string, options: CallOptions = {}): Promise<ModelChanged> =>
      change(bridgeId, 'unload', model, options),
    delete: (bridgeId: string, model: string, options: CallOptions = {}): Promise<ModelChanged> =>
      change(bridgeId, 'delete', model, options),
    /**
     * Downloads a model to the computer and tells its progress. Ends with `complete` or `error`; leaving the loop stops
     * the download, which goes on from there when it is asked for again. After a cut it asks by itself.
     */
    pull: (bridgeId: string, model: string, options: CallOptions = {}): AsyncGenerator<PullEvent, void, undefined> =>
      endable(options.signal, (signal) =>
        pullEvents(() => transport.stream('POST', `${path(bridgeId)}/pull`, { body: { model }, signal }), {
          signal,
          retry: transport.retry,
        }),
      ),
  };
}
