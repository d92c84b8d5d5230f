import { fullModelName } from '@cloudtolocalllm/protocol/bodies';
import { askJson } from './ask-json.ts';
import type { Engine } from './engine.ts';
import { pathOnly } from './targets.ts';
import { type KnownModel, psEntry, showAnswer, tagsEntry } from './openai/model-entries.ts';
import { fieldsOf, isFields, listOf, textOf, type Fields } from './openai/record.ts';

/** An engine that does not list its models by then is left out. */
const PATIENCE_MS = 5_000;
/** The version of Ollama's API that is spoken for engines without one. */
const OLLAMA_VERSION = '0.12.0';

/** An answer of the bridge's own. */
export interface OwnAnswer {
  type: string;
  body: string;
}

const JSON_TYPE = 'application/json; charset=utf-8';
const LISTS = new Set(['/', '/api/version', '/api/tags', '/api/ps', '/v1/models']);

/** Whether a target lists what there is, or says of whom it is asked. */
export function isList(method: string, path: string): boolean {
  return (method === 'GET' || method === 'HEAD') && LISTS.has(pathOnly(path));
}

/**
 * Answers for all engines that work: each model once, as the first that has it describes it. `mayTell`: the models that
 * may be told of. An engine that does not answer is left out.
 */
export async function answerList(
  engines: readonly Engine[],
  path: string,
  mayTell: (model: string) => boolean,
): Promise<OwnAnswer> {
  switch (pathOnly(path)) {
    case '/':
      return { type: 'text/plain; charset=utf-8', body: 'Ollama is running' };
    case '/api/version':
      return json({ version: engines.find(({ kind }) => kind === 'ollama')?.probe?.version ?? OLLAMA_VERSION });
    case '/v1/models':
      return json({ object: 'list', data: await merged(engines, '/v1/models', mayTell) });
    case '/api/ps':
      return json({ models: await merged(engines, '/api/ps', mayTell) });
    default:
      return json({ models: await merged(engines, '/api/tags', mayTell) });
  }
}

/** One model as OpenAI's `/v1/models/{id}` tells of it; undefined when the engine no longer has it. */
export async function answerModel(engine: Engine, model: string): Promise<OwnAnswer | undefined> {
  const entries = await listed(engine, '/v1/models');
  const entry = entries.find(([name]) => name === model)?.[1];
  return entry && json(entry);
}

/** What can be known of a model of an engine without Ollama's API, as its `/api/show` tells it. */
export async function answerShow(engine: Engine, model: string): Promise<OwnAnswer | undefined> {
  const known = (await knownModels(engine)).find(({ id }) => id === model);
  return known && json(showAnswer(known));
}

type ListPath = '/api/tags' | '/api/ps' | '/v1/models';

async function merged(
  engines: readonly Engine[],
  path: ListPath,
  mayTell: (model: string) => boolean,
): Promise<Fields[]> {
  const lists = await Promise.all(engines.map((engine) => listed(engine, path).catch(() => [])));
  const found = new Map<string, Fields>();
  for (const [name, entry] of lists.flat()) {
    const full = fullModelName(name);
    if (name !== '' && !found.has(full) && mayTell(name)) found.set(full, entry);
  }
  return [...found.values()];
}

/** An engine's models by their names. Throws NoAnswer. */
async function listed(engine: Engine, path: ListPath): Promise<[name: string, entry: Fields][]> {
  if (path === '/v1/models' || engine.kind === 'ollama') {
    const body = await ask(engine, path);
    const entries = listOf(body[path === '/v1/models' ? 'data' : 'models']).filter(isFields);
    return entries.map((entry) => [textOf(entry[path === '/v1/models' ? 'id' : 'name']), entry]);
  }
  const models = await knownModels(engine);
  return models.flatMap((model): [string, Fields][] => {
    const entry = path === '/api/tags' ? tagsEntry(model) : psEntry(model);
    return entry ? [[model.id, entry]] : [];
  });
}

async function knownModels(engine: Engine): Promise<KnownModel[]> {
  const [listing, own] = await Promise.all([
    ask(engine, '/v1/models'),
    engine.kind === 'lmstudio' ? ask(engine, '/api/v0/models') : undefined,
  ]);
  const owns = new Map(listOf(own?.['data']).map((one) => [textOf(fieldsOf(one)['id']), fieldsOf(one)]));
  return listOf(listing['data'])
    .filter(isFields)
    .map((entry) => ({ id: textOf(entry['id']), entry, own: owns.get(textOf(entry['id'])) }));
}

async function ask({ settings: { url, key } }: Engine, path: string): Promise<Fields> {
  const { status, body } = await askJson({ url, key, path, timeoutMs: PATIENCE_MS });
  return status === 200 ? fieldsOf(body) : {};
}

function json(value: object): OwnAnswer {
  return { type: JSON_TYPE, body: JSON.stringify(value) };
}
