import { fieldNames } from './field-names.ts';

/** Fields that name a model; Ollama reads either, and in any spelling: Go's JSON knows no case. */
const MODEL_FIELDS = new Set(['model', 'name']);

/** What a body says of the model that it is for. */
export interface NamedModels {
  /** The fields that name one, in lower case, each as often as it is there. */
  fields: string[];
  models: unknown[];
}

/** Looks at a whole body, as every engine may read it; nothing is named when it is no JSON object. */
export function namedModels(body: Buffer): NamedModels {
  let text: string;
  let value: unknown;
  try {
    // Strictly: what one reader repairs or leaves out, another may read otherwise.
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
    value = JSON.parse(text);
  } catch {
    return { fields: [], models: [] };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { fields: [], models: [] };
  const isMeant = (field: string): boolean => MODEL_FIELDS.has(field.toLowerCase());
  return {
    fields: fieldNames(text)
      .filter(isMeant)
      .map((field) => field.toLowerCase()),
    models: Object.entries(value).flatMap(([field, model]) => (isMeant(field) ? [model] : [])),
  };
}
