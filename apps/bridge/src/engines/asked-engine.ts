import type { ExchangeRequest } from '@cloudtolocalllm/protocol';
import { BodyFields, namedModels } from '@cloudtolocalllm/protocol/bodies';
import { mayTell, type Policy } from '../policy.ts';
import type { Engine } from './engine.ts';
import type { Engines } from './engines.ts';
import { isCostlyToParse } from './parse-cost.ts';
import type { PendingExchange } from './pending-exchange.ts';
import { Refusal } from './refusal.ts';
import { modelFields, namesModel, pathOnly } from './targets.ts';

/** Of a body, until its model is known: some pictures before it. */
const MAX_START_BYTES = 1024 * 1024;
/** Of a body that is read whole: a long conversation with pictures. */
const MAX_WHOLE_BYTES = 64 * 1024 * 1024;
/** Names shown in an error: enough to choose from. */
const MAX_NAMES = 10;
/** Of a name that somebody sent. */
const MAX_SHOWN = 200;

/** Who is asked, and for what. */
export interface AskedEngine {
  engine: Engine;
  /** As it was asked for. */
  model: string | undefined;
}

/** All of a body that is to be parsed. Throws Refusal, Gone. */
export async function readWhole(pending: PendingExchange): Promise<Buffer> {
  await pending.read(() => false, MAX_WHOLE_BYTES);
  const { body } = pending;
  if (isCostlyToParse(body))
    throw new Refusal('too_large', 'The request has more parts than this bridge looks through.');
  return body;
}

/** Finds out which model a request is for, whether it may be used, and which engine has it. */
export class AskedEngines {
  readonly #engines: Engines;
  readonly #policy: Policy;

  constructor(engines: Engines, policy: Policy) {
    this.#engines = engines;
    this.#policy = policy;
  }

  /** Reads as much of the body as it needs. Throws Refusal, Gone. */
  async read(path: string, pending: PendingExchange): Promise<AskedEngine> {
    const model = await this.#model(path, pending);
    if (pathOnly(path) === '/api/pull') return { engine: this.#ollama(), model };
    const engine = await this.having(model);
    // What goes on as it came has the model's very name: what is not known exactly, an engine may take for another.
    const isAsItCame = engine.kind !== 'ollama' && path.startsWith('/v1/');
    if (this.#policy.narrowsModels && isAsItCame && !engine.models.includes(model ?? '')) {
      throw this.#notFound(model ?? '');
    }
    if (pathOnly(path) === '/api/delete' && engine.kind !== 'ollama') throw unmanaged(engine);
    return { engine, model };
  }

  /** The engine that has the model, which may be used. Throws Refusal. */
  async having(model: string | undefined): Promise<Engine> {
    const { all, sole, working } = this.#engines;
    if (all.length === 0) throw this.unreachable();
    if (model === undefined) return working[0] ?? all[0]!; // there is one
    const find = (): Engine | undefined =>
      this.#engines.withModel(model) ?? (this.#saysItself(sole) ? sole : undefined);
    let found = find();
    if (found === undefined) {
      // It may be new: engines are asked for their lists only now and then.
      await this.#engines.look();
      found = find();
    }
    if (found === undefined) throw sole?.isUp === false ? this.unreachable() : this.#notFound(model);
    if (found.probe?.state === 'hangs' && sole === undefined) {
      throw new Refusal('engine_unreachable', `Of the model that was asked for, ${found.trouble}.`);
    }
    return found;
  }

  /** Whether it says itself that it has no such model. Others than Ollama may answer with the one that they have. */
  #saysItself(engine: Engine | undefined): boolean {
    if (!this.#policy.narrowsModels) return true;
    return (engine?.settings.kind ?? engine?.probe?.kind) === 'ollama';
  }

  /** Throws Refusal policy_denied. */
  requireModel(model: string): void {
    const verdict = this.#policy.checkModel(model);
    if (!verdict.allowed) throw new Refusal('policy_denied', verdict.reason);
  }

  /** The request as it goes on: what was judged as JSON must not be read as a form, or in another alphabet. */
  judged(request: ExchangeRequest): ExchangeRequest {
    if (!this.#policy.narrowsModels) return request;
    const { headers } = request;
    const kept = headers.filter((_, index) => headers[index - (index % 2)]?.toLowerCase() !== 'content-type');
    return { ...request, headers: [...kept, 'content-type', 'application/json'] };
  }

  mayTell(model: string): boolean {
    return mayTell(this.#policy, model);
  }

  unreachable(): Refusal {
    const [trouble = 'no engine works'] = this.#engines.troubles();
    return new Refusal('engine_unreachable', `On this computer, ${trouble}.`);
  }

  async #model(path: string, pending: PendingExchange): Promise<string | undefined> {
    const fields = new BodyFields(modelFields(path));
    if (this.#policy.narrowsModels) {
      await this.#readChecked(path, pending);
      fields.write(pending.body);
      // An engine that does not find the name where it reads it takes whichever model it has.
      if (!fields.model?.value.trim()) throw unnamed();
    } else if (namesModel(path)) {
      let bytes = 0;
      await pending.read((chunk) => {
        bytes += chunk.length;
        fields.write(chunk);
        return fields.sawModel || fields.done || bytes >= MAX_START_BYTES;
      }, Infinity);
    }
    if (pending.isWhole) fields.end();
    const model = fields.model?.value;
    pending.about({ model });
    return model;
  }

  /** What is narrowed to some models is judged by the very bytes that go to the engine, as every engine may read them. */
  async #readChecked(path: string, pending: PendingExchange): Promise<void> {
    if (!namesModel(path)) {
      throw new Refusal('policy_denied', 'The policy of this bridge allows only some models, and this names none.');
    }
    const { fields, models } = namedModels(await readWhole(pending));
    if (models.length === 0 || new Set(fields).size < fields.length) {
      throw unnamed();
    }
    for (const named of models) {
      const model = typeof named === 'string' ? named : '';
      pending.about({ model });
      this.requireModel(model);
    }
  }

  #ollama(): Engine {
    const { all, working } = this.#engines;
    const isOllama = ({ kind }: Engine): boolean => kind === 'ollama';
    const engine = working.find(isOllama) ?? all.find(isOllama);
    if (engine) return engine;
    if (all[0] === undefined) throw this.unreachable();
    throw unmanaged(all[0]);
  }

  #notFound(model: string): Refusal {
    const { models } = this.#engines.report((name) => this.mayTell(name));
    const more = models.length > MAX_NAMES ? ` and ${models.length - MAX_NAMES} more` : '';
    const has = models.length === 0 ? '' : ` It has: ${models.slice(0, MAX_NAMES).join(', ')}${more}.`;
    const down = this.#engines.troubles().map((trouble) => ` ${trouble[0]?.toUpperCase()}${trouble.slice(1)}.`);
    return new Refusal(
      'model_not_found',
      `model "${model.slice(0, MAX_SHOWN)}" not found on this computer.${has}${down.slice(0, 2).join('')}`,
    );
  }
}

function unnamed(): Refusal {
  return new Refusal(
    'policy_denied',
    'The policy of this bridge allows only some models: send a JSON object that names one, once, as "model".',
  );
}

function unmanaged({ name }: Engine): Refusal {
  return new Refusal('not_supported', `${name} manages its models itself: get and remove them there.`);
}
