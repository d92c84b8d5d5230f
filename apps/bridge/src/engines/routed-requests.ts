import type { Exchange, ExchangeReceiver, ExchangeRequest } from '@cloudtolocalllm/protocol';
import type { EngineRequest } from '../forwarder.ts';
import type { AskedEngine, AskedEngines } from './asked-engine.ts';
import { readWhole } from './asked-engine.ts';
import type { Engine } from './engine.ts';
import { ENGINE_KINDS } from './engine-kind.ts';
import type { Engines } from './engines.ts';
import { answerList, answerModel, answerShow, isList, type OwnAnswer } from './model-lists.ts';
import { OllamaLines } from './openai/ollama-lines.ts';
import { parsedFields } from './openai/record.ts';
import { TranslatedAnswer } from './openai/translated-answer.ts';
import { type LoadRequest, shapeOf, translateRequest } from './openai/translate-request.ts';
import { Gone, type PendingExchange } from './pending-exchange.ts';
import { Refusal } from './refusal.ts';
import { isGeneration, modelInPath, pathOnly } from './targets.ts';
import type { Turn, Turns } from './turns.ts';

/** When another try is of use: an answer or two later. */
const RETRY_AFTER_SECONDS = 10;

export interface RoutedRequestsOptions {
  engines: Engines;
  asked: AskedEngines;
  turns: Turns;
  /** Begins the engine's request. */
  ask(asked: EngineRequest): ExchangeReceiver;
}

/** Requests of which it has to be found out which engine they are for, whether they may begin, and in whose API. */
export class RoutedRequests {
  readonly #options: RoutedRequestsOptions;

  constructor(options: RoutedRequestsOptions) {
    this.#options = options;
  }

  /** Resolves when the engine was asked, or the bridge has answered. Throws Refusal, Gone. */
  async answer(request: ExchangeRequest, pending: PendingExchange): Promise<void> {
    const { method, path } = request;
    const { asked } = this.#options;
    if (isList(method, path)) return this.#answerList(request, pending);
    const named = modelInPath(path);
    if (named !== undefined) return this.#answerModel(named, request, pending);
    return this.#askEngine(request, pending, await asked.read(path, pending));
  }

  async #answerList({ method, path }: ExchangeRequest, pending: PendingExchange): Promise<void> {
    const { engines, asked } = this.#options;
    if (engines.working.length === 0) throw asked.unreachable();
    send(pending, method, await answerList(engines.working, path, (model) => asked.mayTell(model)));
  }

  async #answerModel(model: string, { method }: ExchangeRequest, pending: PendingExchange): Promise<void> {
    const { asked } = this.#options;
    pending.about({ model });
    asked.requireModel(model);
    const engine = await asked.having(model);
    pending.about({ engine: engine.name });
    const answer = await answerModel(engine, engine.modelNamed(model) ?? model).catch(() => undefined);
    if (answer === undefined) throw new Refusal('model_not_found', `model "${model.slice(0, 200)}" not found`);
    send(pending, method, answer);
  }

  async #askEngine(request: ExchangeRequest, pending: PendingExchange, found: AskedEngine): Promise<void> {
    const { path } = request;
    const { engine } = found;
    pending.about({ engine: engine.name });
    const isForeign = engine.kind !== 'ollama' && path.startsWith('/api/');
    if (path.startsWith('/v1/messages') && !ENGINE_KINDS[engine.kind].hasMessages) {
      throw new Refusal(
        'not_supported',
        `${engine.name} does not speak Anthropic's API: ask this model at /v1/chat/completions or /api/chat.`,
      );
    }
    if (isForeign && pathOnly(path) === '/api/show') return this.#answerShow(request, pending, found);
    if (isForeign) await readWhole(pending);
    const turn = isGeneration(path) ? await this.#turn(engine, pending) : undefined;
    try {
      if (isForeign) this.#translate(request, pending, found, turn);
      else {
        const { exchange } = pending;
        const judged = this.#options.asked.judged(request);
        pending.handOver(this.#options.ask({ request: judged, exchange, engine, turn }));
      }
    } catch (error) {
      turn?.release();
      throw error;
    }
  }

  async #answerShow(
    { method }: ExchangeRequest,
    pending: PendingExchange,
    { engine, model = '' }: AskedEngine,
  ): Promise<void> {
    const answer = await answerShow(engine, engine.modelNamed(model) ?? model).catch(() => undefined);
    if (answer === undefined) throw new Refusal('model_not_found', `model "${model.slice(0, 200)}" not found`);
    send(pending, method, answer);
  }

  /** Waits for its turn. Throws Refusal rate_limited when too many do; Gone. */
  async #turn(engine: Engine, pending: PendingExchange): Promise<Turn> {
    const { turns } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const away = new Refusal('engine_unreachable', `The engine ${engine.name} was taken away.`);
    const turn = turns.take(engine, resolve, () => reject(away));
    if (turn === undefined) {
      throw new Refusal(
        'rate_limited',
        `Too many requests wait for ${engine.name} on this computer. Try again in a moment.`,
        RETRY_AFTER_SECONDS,
      );
    }
    pending.signal.addEventListener('abort', () => reject(new Gone('nobody waits for the answer')), { once: true });
    try {
      pending.signal.throwIfAborted();
      await promise;
      return turn;
    } catch (error) {
      turn.release();
      throw error instanceof Refusal ? error : new Gone('nobody waits for the answer', { cause: error });
    }
  }

  /** Ollama's API, for an engine that speaks OpenAI's. */
  #translate(
    { path }: ExchangeRequest,
    pending: PendingExchange,
    { engine, model = '' }: AskedEngine,
    turn: Turn | undefined,
  ): void {
    const shape = shapeOf(path);
    if (shape === undefined) {
      throw new Refusal('not_supported', `${engine.name} speaks OpenAI's API: it has nothing like ${pathOnly(path)}.`);
    }
    const fields = parsedFields(pending.body.toString());
    if (fields === undefined) throw new Refusal('bad_request', 'The request is not a JSON object.');
    const translated = translateRequest(shape, fields, { model: engine.modelNamed(model) ?? model, kind: engine.kind });
    if ('load' in translated) {
      answerLoad(pending, translated, { model, engine });
      turn?.release();
      return;
    }
    const body = written(translated.body);
    const { isStreamed } = translated;
    const exchange: Exchange = new TranslatedAnswer(pending.exchange, {
      model,
      shape,
      isStreamed,
      stop: () => receiver.reset('cancelled', ''),
    });
    const request: ExchangeRequest = {
      method: 'POST',
      path: translated.path,
      headers: [
        'content-type',
        'application/json',
        'content-length',
        `${body.length}`,
        'accept',
        isStreamed ? 'text/event-stream' : 'application/json',
      ],
    };
    const receiver = this.#options.ask({ request, exchange, engine, turn });
    pending.handOver(receiver, { withBody: false });
    receiver.data(body);
    receiver.end();
  }
}

/** Throws Refusal for what is nested too deeply: JSON can be read at any depth, but not written. */
function written(body: object): Buffer {
  try {
    return Buffer.from(JSON.stringify(body));
  } catch {
    throw new Refusal('bad_request', 'The request is nested too deeply.');
  }
}

/** A model is only to be loaded, or unloaded: these engines have theirs in memory, or load them when they are asked. */
function answerLoad(
  pending: PendingExchange,
  { shape, load }: LoadRequest,
  asked: AskedEngine & { model: string },
): void {
  const { engine, model } = asked;
  if (load === 'unload') {
    throw new Refusal('not_supported', `${engine.name} keeps its models in memory itself: unload this one there.`);
  }
  if (engine.kind !== 'llamacpp' && engine.kind !== 'vllm') {
    throw new Refusal('not_supported', `${engine.name} loads a model with its first question.`);
  }
  const body = new OllamaLines({ model, shape }).loaded(load);
  send(pending, 'POST', { type: 'application/json; charset=utf-8', body });
}

function send(pending: PendingExchange, method: string, { type, body }: OwnAnswer): void {
  const headers = ['content-type', type, 'content-length', `${Buffer.byteLength(body)}`];
  pending.answer(200, headers, method === 'HEAD' ? '' : body);
}
