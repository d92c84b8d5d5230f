import type { EngineInfo } from '@cloudtolocalllm/protocol';
import { z } from 'zod';
import { askJson, type JsonAnswer, NoAnswer, type Silence } from './ask-json.ts';
import { ENGINE_KINDS, type EngineKind } from './engine-kind.ts';
import { addressText, type EngineSettings } from './engine-settings.ts';

/** An engine that says nothing for so long hangs. */
export const PROBE_TIMEOUT_MS = 3_000;
/** Of a status_update. */
const MAX_MODELS = 1000;
const MAX_NAME_CHARACTERS = 200;
/** Of a list, those that are looked at. */
const MAX_LISTED = 10_000;
const MAX_VERSION_CHARACTERS = 64;
/** Slots that are believed. */
const MAX_SLOTS = 1024;

/** `locked`: it wants another key, or one at all. `other`: what answers is no engine. */
export type EngineState = 'up' | 'loading' | 'locked' | 'other' | Silence;

/** How an engine is. */
export interface EngineProbe {
  state: EngineState;
  /** As far as it could be found out. */
  kind?: EngineKind;
  version?: string;
  /** It is this project's engine that always says the same sentence. */
  demo?: boolean;
  /** Empty unless it is up. */
  models: readonly string[];
  /** Generations that it runs at the same time, when it tells. */
  slots?: number;
}

const version = z.object({ version: z.string(), demo: z.boolean().optional() });
/** Without a model, older versions of Ollama say null. */
const tags = z.object({ models: first(z.object({ name: z.string() })).nullable() });
/** https://platform.openai.com/docs/api-reference/models/list */
const openaiModels = z.object({
  object: z.literal('list').optional(),
  data: first(z.object({ id: z.string(), owned_by: z.string().optional() })),
});
/** GET /props of llama.cpp's server: tools/server/README.md of ggml-org/llama.cpp. */
const props = z.object({ total_slots: z.int().min(1).optional(), build_info: z.string().optional() });
/** https://lmstudio.ai/docs/developer/rest/endpoints */
const lmStudioModels = z.object({ data: first(z.object({ id: z.string(), state: z.string(), type: z.string() })) });
const refusal = z.object({ error: z.union([z.string(), z.object({ message: z.string().optional() })]) });

/**
 * Asks an engine what it is and which models it has; `known`: what it was when it was asked before. It is known by what
 * it answers, never by its port: 8080 and 8000 are many programs' ports. Never throws.
 */
export async function probeEngine(
  { url, key, kind }: Pick<EngineSettings, 'url' | 'key' | 'kind'>,
  { timeoutMs = PROBE_TIMEOUT_MS, known }: { timeoutMs?: number; known?: EngineProbe | undefined } = {},
): Promise<EngineProbe> {
  const deadline = performance.now() + timeoutMs;
  const ask = (path: string): Promise<JsonAnswer> =>
    askJson({ url, key, path, timeoutMs: Math.max(1, deadline - performance.now()) });
  try {
    // What was down may have come back as another one.
    const supposed = kind ?? (known?.state === 'up' ? known.kind : undefined);
    if (supposed === 'ollama') {
      const again = known?.state === 'up' ? await askOllamaAgain(ask, known) : await askOllama(ask);
      return again ?? { state: 'other', models: [] };
    }
    if (supposed !== undefined) return await askOpenai(ask, supposed, known);
    return (await askOllama(ask)) ?? (await askOpenai(ask, undefined, undefined));
  } catch (error) {
    return { state: error instanceof NoAnswer ? error.silence : 'other', models: [] };
  }
}

type Ask = (path: string) => Promise<JsonAnswer>;

/** Others imitate its lists of models, but not its version. Source: docs/api.md of ollama/ollama. */
async function askOllama(ask: Ask): Promise<EngineProbe | undefined> {
  // Nothing is made of a version without a list; asked at once, one that is there answers in half the time.
  const [about, listing] = await Promise.all([ask('/api/version'), ask('/api/tags')]);
  const said = version.safeParse(about.body);
  const listed = tags.safeParse(listing.body);
  if (about.status !== 200 || listing.status !== 200 || !said.success || !listed.success) return undefined;
  return {
    state: 'up',
    kind: 'ollama',
    version: said.data.version.slice(0, MAX_VERSION_CHARACTERS),
    ...(said.data.demo && { demo: true }),
    models: named((listed.data.models ?? []).map(({ name }) => name)),
  };
}

/** What it is was said before: its models are all that changes often. */
async function askOllamaAgain(ask: Ask, known: EngineProbe): Promise<EngineProbe | undefined> {
  const { status, body } = await ask('/api/tags');
  const listed = tags.safeParse(body);
  if (status !== 200 || !listed.success) return undefined;
  return { ...known, models: named((listed.data.models ?? []).map(({ name }) => name)) };
}

async function askOpenai(ask: Ask, kind: EngineKind | undefined, known: EngineProbe | undefined): Promise<EngineProbe> {
  const answer = await ask('/v1/models');
  const trouble = troubleOf(answer);
  if (trouble !== undefined) {
    const supposed = kind ?? kindOf(answer, undefined);
    return { state: trouble, ...(supposed && { kind: supposed }), models: [] };
  }
  const listed = openaiModels.safeParse(answer.body);
  if (!listed.success) return { state: 'other', models: [] };
  const { data } = listed.data;
  const models = named(data.map(({ id }) => id));
  if (known?.state === 'up') return { ...known, models };
  const about = await askAbout(ask, kind ?? kindOf(answer, data[0]?.owned_by), data.length);
  return { state: 'up', ...about, models };
}

function kindOf({ server }: JsonAnswer, owner: string | undefined): EngineKind | undefined {
  if (owner === 'llamacpp' || server === 'llama.cpp') return 'llamacpp';
  return owner === 'vllm' ? 'vllm' : undefined;
}

/** What else it tells of itself; nothing of that must be there. */
async function askAbout(
  ask: Ask,
  kind: EngineKind | undefined,
  models: number,
): Promise<Pick<EngineProbe, 'version' | 'slots'> & { kind: EngineKind }> {
  if (kind === 'llamacpp') {
    const { total_slots, build_info } = (await optional(ask, '/props', props)) ?? {};
    return {
      kind,
      ...(total_slots !== undefined && { slots: Math.min(total_slots, MAX_SLOTS) }),
      ...(build_info !== undefined && { version: build_info.slice(0, MAX_VERSION_CHARACTERS) }),
    };
  }
  if (kind === 'vllm') {
    const said = await optional(ask, '/version', version);
    return { kind, ...(said && { version: said.version.slice(0, MAX_VERSION_CHARACTERS) }) };
  }
  if (kind !== undefined) return { kind };
  const own = await optional(ask, '/api/v0/models', lmStudioModels);
  return { kind: own !== undefined && own.data.length >= Math.min(models, 1) ? 'lmstudio' : 'openai' };
}

async function optional<Schema extends z.ZodType>(
  ask: Ask,
  path: string,
  schema: Schema,
): Promise<z.infer<Schema> | undefined> {
  const answer = await ask(path).catch(() => undefined);
  return answer?.status === 200 ? schema.safeParse(answer.body).data : undefined;
}

/** What is wrong, when it is an engine that says so; undefined when nothing is. */
function troubleOf({ status, body }: JsonAnswer): EngineState | undefined {
  if (status === 200) return undefined;
  if (!refusal.safeParse(body).success) return 'other';
  if (status === 401 || status === 403) return 'locked';
  return status === 503 ? 'loading' : 'other'; // llama.cpp: "Loading model"
}

/** The first of a list: of each entry that is wrong the parser says so, and a million of them are gigabytes. */
function first<Schema extends z.ZodType>(model: Schema) {
  const cut = (list: unknown): unknown => (Array.isArray(list) ? list.slice(0, MAX_LISTED) : list);
  return z.preprocess(cut, z.array(model));
}

function named(names: readonly string[]): string[] {
  return names.filter((name) => name !== '' && name.length <= MAX_NAME_CHARACTERS).slice(0, MAX_MODELS);
}

/** What the relay is told of one engine that is up. */
export function engineInfo({ kind = 'openai', version: text = '', demo }: EngineProbe): EngineInfo {
  // Ollama's kind is the specification's word; of the others the relay knows nothing but what it shows.
  return { kind: kind === 'ollama' ? kind : ENGINE_KINDS[kind].label, version: text, ...(demo && { demo }) };
}

/** What is wrong with an engine, for a person; undefined when nothing is. */
export function engineTrouble({ state }: Pick<EngineProbe, 'state'>, url: URL): string | undefined {
  const address = addressText(url);
  switch (state) {
    case 'up':
      return undefined;
    case 'absent':
      return `no engine answers at ${address}`;
    case 'hangs':
      return `the engine at ${address} does not answer (hangs): restart it`;
    case 'loading':
      return `the engine at ${address} is loading its model`;
    case 'locked':
      return `the engine at ${address} wants a key, or another one: give it with: cloudtolocalllm engines add ${address} --ask-key`;
    case 'broken':
    case 'other':
      return `what answers at ${address} is not an engine`;
  }
}
