import { createHash } from 'node:crypto';
import { type Fields, countOf, fieldsOf, listOf, textOf } from './record.ts';

/** Of the year 9999. */
const LAST_SECOND = 253_402_300_799;
/** "For good", as Ollama writes it. */
const NEVER = '9999-12-31T23:59:59Z';

/** What an engine without Ollama's API tells of one model: OpenAI's entry and, of LM Studio, its own. */
export interface KnownModel {
  id: string;
  entry: Fields;
  /** `GET /api/v0/models`: https://lmstudio.ai/docs/developer/rest/endpoints */
  own?: Fields | undefined;
}

/** It as Ollama's `/api/tags` lists it. What is not known is left empty: nothing but the digest is made up. */
export function tagsEntry(model: KnownModel): Fields {
  return {
    name: model.id,
    model: model.id,
    ...createdAt(model),
    size: countOf(metaOf(model)['size']) ?? 0,
    digest: digestOf(model),
    details: detailsOf(model),
  };
}

/** It as Ollama's `/api/ps` lists it; undefined when it is not in memory. */
export function psEntry(model: KnownModel): Fields | undefined {
  if (model.own !== undefined && model.own['state'] !== 'loaded') return undefined;
  const size = countOf(metaOf(model)['size']) ?? 0;
  const details = detailsOf(model);
  return {
    name: model.id,
    model: model.id,
    size,
    size_vram: size,
    digest: digestOf(model),
    details,
    expires_at: NEVER,
  };
}

/** It as Ollama's `/api/show` tells of it. */
export function showAnswer(model: KnownModel): Fields {
  const { own = {}, entry } = model;
  const family = textOf(own['arch']) || 'unknown';
  const length =
    countOf(own['max_context_length']) ?? countOf(entry['max_model_len']) ?? countOf(metaOf(model)['n_ctx_train']);
  const parameters = countOf(metaOf(model)['n_params']);
  const isEmbedding = own['type'] === 'embeddings';
  return {
    modelfile: '',
    parameters: '',
    template: '',
    details: detailsOf(model),
    model_info: {
      'general.architecture': family,
      ...(parameters !== undefined && { 'general.parameter_count': parameters }),
      ...(length !== undefined && { [`${family}.context_length`]: length }),
    },
    capabilities: isEmbedding
      ? ['embedding']
      : [
          'completion',
          ...(own['type'] === 'vlm' ? ['vision'] : []),
          ...(listOf(own['capabilities']).includes('tool_use') ? ['tools'] : []),
        ],
    ...createdAt(model),
  };
}

/** The command `ollama` shows the first 12 letters of it, and crashes where there are fewer. */
function digestOf({ id }: KnownModel): string {
  return createHash('sha256').update(id).digest('hex');
}

function detailsOf({ own = {} }: KnownModel): Fields {
  const family = textOf(own['arch']);
  return {
    parent_model: '',
    format: textOf(own['compatibility_type']),
    family,
    families: family === '' ? [] : [family],
    parameter_size: '',
    quantization_level: textOf(own['quantization']),
  };
}

/** llama.cpp's server tells of the file. */
function metaOf({ entry }: KnownModel): Fields {
  return fieldsOf(entry['meta']);
}

function createdAt({ entry }: KnownModel): Fields {
  const seconds = countOf(entry['created']);
  return seconds === undefined || seconds > LAST_SECOND ? {} : { modified_at: new Date(seconds * 1000).toISOString() };
}
