import type { BridgeStatus, MergedModels } from '@cloudtolocalllm/protocol';
import { fullModelName } from '@cloudtolocalllm/protocol/bodies';

/**
 * The models of all these bridges by name, each with the bridges that list it, in the order given. A name without a tag
 * is the same as with `latest`; it is shown as the first bridge lists it.
 */
export function mergeModels(bridges: readonly BridgeStatus[]): MergedModels['models'] {
  const merged = new Map<string, MergedModels['models'][number]>();
  for (const { bridgeId, name, status, client } of bridges) {
    const seen = new Set<string>();
    for (const model of client.models) {
      const key = fullModelName(model);
      if (seen.has(key)) continue; // listed both ways
      seen.add(key);
      const entry = merged.get(key) ?? { model, bridges: [] };
      entry.bridges.push({ bridgeId, name, status });
      merged.set(key, entry);
    }
  }
  return [...merged.values()].toSorted((a, b) => (a.model < b.model ? -1 : 1));
}
