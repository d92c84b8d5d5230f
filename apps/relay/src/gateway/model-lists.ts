import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { BridgeLink } from '../bridges/bridge-link.ts';
import { fullModelName, sameModel } from '@cloudtolocalllm/protocol/bodies';
import { answeredObject, askEngine } from '../models/engine-request.ts';
import { RelayError } from '../errors.ts';
import type { Narrowed } from '../keys/restrictions.ts';
import { SAFE_HEADERS } from './headers.ts';

/** A computer that does not list its models by then is left out. */
const PATIENCE_MS = 5_000;
/** Of one computer; what is behind them is left out. */
const MAX_MODELS = 10_000;

interface ListFormat {
  /** The field that holds the models. */
  list: string;
  /** The fields of one that name it, the first of them always. */
  names: readonly [string, ...string[]];
}
const OLLAMA: ListFormat = { list: 'models', names: ['name', 'model'] };
/** By the engine's path: https://platform.openai.com/docs/api-reference/models/list; docs/api.md of ollama/ollama. */
const FORMATS: ReadonlyMap<string, ListFormat> = new Map([
  ['/v1/models', { list: 'data', names: ['id'] }],
  ['/api/tags', OLLAMA],
  ['/api/ps', OLLAMA],
]);

type Model = Record<string, unknown>;
/** Of an engine that has no models, some say null. What is no model among them is left out. */
const models = z.array(z.looseObject({}).nullable().catch(null)).nullish();

export interface ModelListRequest {
  /** May be narrowed to some models. */
  user: Narrowed;
  method: string;
  /** With query, as the engine shall see it. */
  path: string;
  /** The computers that the caller means, the first in their order first: the one that was named, else all within reach. */
  links: readonly Pick<BridgeLink, 'name' | 'open'>[];
}

/**
 * Whether the relay makes this answer itself: a list of models of several computers, or for a key that is narrowed to
 * some models. One computer's list is its engine's own, byte by byte.
 */
export function isMergedList({ user, method, path, links }: ModelListRequest): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  return formatOf(path) !== undefined && (links.length > 1 || (links.length > 0 && user.key?.models !== undefined));
}

/**
 * Answers with the models of all these computers, each once under its name, as the first that has it describes it; then
 * those that several have as `model@computer` for each of them. A computer that does not answer is left out.
 * @throws RelayError when none answers: what was wrong with the first.
 */
export async function answerModelList(reply: FastifyReply, request: ModelListRequest): Promise<FastifyReply> {
  const merged = await mergeModelLists(request);
  for (let index = 0; index < SAFE_HEADERS.length; index += 2) {
    reply.raw.setHeader(SAFE_HEADERS[index]!, SAFE_HEADERS[index + 1]!); // names and values in turn
  }
  return reply.type('application/json; charset=utf-8').send(merged);
}

async function mergeModelLists({ user, path, links }: ModelListRequest): Promise<Record<string, unknown>> {
  const format = formatOf(path);
  if (format === undefined) throw new RelayError('not_found', 'There is no list of models at this address.');
  const answers = await Promise.allSettled(links.map((link) => askModels(link, path, format)));
  const listed = answers.flatMap((answer, index) =>
    // as: one answer for each link
    answer.status === 'fulfilled' ? [{ ...answer.value, bridge: links[index]!.name }] : [],
  );
  const [first] = listed;
  if (first === undefined) throw firstFailure(answers);

  const allowed = user.key?.models;
  const byName = new Map<string, { bridge: string; model: Model }[]>();
  for (const { bridge, models: own } of listed) {
    for (const [name, model] of distinct(own, format)) {
      if (allowed !== undefined && !allowed.some((one) => sameModel(one, name))) continue;
      const full = fullModelName(name);
      byName.set(full, [...(byName.get(full) ?? []), { bridge, model }]);
    }
  }
  const entries = [...byName.values()];
  const plain = entries.flatMap(([one]) => (one ? [one.model] : []));
  const chosen = entries.filter(({ length }) => length > 1).flat();
  return {
    ...first.answer,
    [format.list]: [...plain, ...chosen.map(({ bridge, model }) => qualified(model, bridge, format))],
  };
}

async function askModels(
  link: Pick<BridgeLink, 'open'>,
  path: string,
  { list }: ListFormat,
): Promise<{ answer: Record<string, unknown>; models: Model[] }> {
  const answer = answeredObject(await askEngine(link, { method: 'GET', path, timeoutMs: PATIENCE_MS }));
  const given = answer[list];
  // Cut first: a parser takes seconds for the millions that fit into an answer.
  const parsed = models.safeParse(Array.isArray(given) ? given.slice(0, MAX_MODELS) : given);
  if (!parsed.success)
    throw new RelayError('engine_error', 'The engine answered with something that is no list of models.');
  return { answer, models: (parsed.data ?? []).filter((model) => model !== null) };
}

/** Those that have a name, by it; of two of the same name the first. */
function distinct(own: readonly Model[], { names }: ListFormat): Map<string, Model> {
  const found = new Map<string, Model>();
  const seen = new Set<string>();
  for (const model of own) {
    const name = model[names[0]];
    if (typeof name !== 'string' || name === '' || seen.has(fullModelName(name))) continue;
    seen.add(fullModelName(name));
    found.set(name, model);
  }
  return found;
}

/** The same model under the name that chooses this computer. */
function qualified(model: Model, bridge: string, { names }: ListFormat): Model {
  const renamed = names.flatMap((field) =>
    typeof model[field] === 'string' ? [[field, `${model[field]}@${bridge}`] as const] : [],
  );
  return { ...model, ...Object.fromEntries(renamed) };
}

function formatOf(path: string): ListFormat | undefined {
  return FORMATS.get(path.split('?', 1)[0] ?? '');
}

function firstFailure(answers: readonly PromiseSettledResult<unknown>[]): unknown {
  const failed = answers.find((answer) => answer.status === 'rejected');
  return failed?.reason ?? new RelayError('bridge_offline', 'None of your computers is online.');
}
