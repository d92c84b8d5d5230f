import type { InstalledModel } from '@cloudtolocalllm/protocol';
import { z } from 'zod';
import { fullModelName } from '@cloudtolocalllm/protocol/bodies';
import { RelayError } from '../errors.ts';

/** More than anybody has installed. */
const MAX_MODELS = 10_000;

/** What an engine leaves out, or says otherwise than Ollama, is left out here. */
const text = z.string().min(1).optional().catch(undefined);
const bytes = z.number().min(0).optional().catch(undefined);
const details = z.object({ family: text, parameter_size: text, quantization_level: text }).optional().catch(undefined);
const listing = z.object({
  /** Without a model, older versions of Ollama say null. */
  models: first(z.object({ name: z.string(), size: bytes, modified_at: text, details })).nullable(),
});
const running = z.object({
  models: first(z.object({ name: z.string(), size_vram: bytes, expires_at: text })).nullable(),
});
/** Ollama writes "never" as a year after this one. */
const LAST_YEAR = 2300;

/**
 * What Ollama's `/api/tags` and `/api/ps` say together (docs/api.md of ollama/ollama).
 * @throws RelayError engine_error when they do not answer as Ollama does.
 */
export function installedModelsFrom(tags: unknown, ps: unknown): InstalledModel[] {
  const listed = listing.safeParse(tags);
  const loaded = running.safeParse(ps);
  if (!listed.success || !loaded.success) {
    throw new RelayError('engine_error', 'The engine lists its models in another way than Ollama does.');
  }
  const inMemory = new Map((loaded.data.models ?? []).map((model) => [fullModelName(model.name), model]));
  return (listed.data.models ?? []).map((model): InstalledModel => {
    const now = inMemory.get(fullModelName(model.name));
    return {
      name: model.name,
      size: model.size,
      modified: model.modified_at,
      family: model.details?.family,
      parameterSize: model.details?.parameter_size,
      quantization: model.details?.quantization_level,
      loaded: now && { vram: now.size_vram, until: untilWhen(now.expires_at) },
    };
  });
}

/** Of a list no more than that: of each entry that is wrong the parser says so, and a million are gigabytes. */
function first<Schema extends z.ZodType>(model: Schema) {
  const cut = (list: unknown): unknown => (Array.isArray(list) ? list.slice(0, MAX_MODELS) : list);
  return z.preprocess(cut, z.array(model));
}

/** Absent: it stays until it is unloaded. */
function untilWhen(expires: string | undefined): string | undefined {
  return expires !== undefined && Number(expires.slice(0, 4)) < LAST_YEAR ? expires : undefined;
}
