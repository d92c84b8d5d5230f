import type { Exchange, ExchangeReceiver, ExchangeRequest, ResetCode } from '@cloudtolocalllm/protocol';
import { AskedEngines } from './engines/asked-engine.ts';
import type { Engine } from './engines/engine.ts';
import type { Engines } from './engines/engines.ts';
import type { ForwardedExchange } from './engines/forwarded-exchange.ts';
import { Gone, HeldBytes, PendingExchange } from './engines/pending-exchange.ts';
import { Refusal } from './engines/refusal.ts';
import { RoutedRequests } from './engines/routed-requests.ts';
import { isGeneration } from './engines/targets.ts';
import { type Turn, Turns } from './engines/turns.ts';
import { Forwarding } from './forwarding.ts';
import { changesModels, type Policy } from './policy.ts';

/** Silence within an answer; an answer as a whole may take as long as it likes. */
const IDLE_TIMEOUT_MS = 15 * 60_000;

export interface ForwarderOptions {
  /** Their origins are fixed here: nothing that a relay sends can change them. */
  engines: Engines;
  policy: Policy;
  idleTimeoutMs?: number;
  /** More or fewer generations run or wait. */
  countsChanged?: () => void;
  /** The engine did not answer: time to look how it is. */
  unreachable?: () => void;
  /** A request that may have changed what models there are is over. */
  modelsChanged?: () => void;
  /** A fault of our own. */
  fault?: (error: unknown) => void;
}

/** What is asked of an engine: the request as it came, or as it was translated. */
export interface EngineRequest {
  request: ExchangeRequest;
  exchange: Exchange;
  engine: Engine;
  turn: Turn | undefined;
}

/** Forwards exchanges to the engines on this computer, as far as the policy allows. */
export class Forwarder implements Disposable {
  readonly turns: Turns;
  readonly #options: ForwarderOptions;
  readonly #running = new Set<Forwarding>();
  readonly #heldBytes = new HeldBytes();
  readonly #routed: RoutedRequests;

  constructor(options: ForwarderOptions) {
    const { engines, policy, countsChanged } = options;
    this.#options = options;
    this.turns = new Turns({
      maxTotal: () => policy.maxConcurrent,
      maxWaiting: () => policy.maxWaiting,
      ...(countsChanged && { changed: countsChanged }),
    });
    engines.onRemoved((engine) => this.turns.remove(engine));
    this.#routed = new RoutedRequests({
      engines,
      asked: new AskedEngines(engines, policy),
      turns: this.turns,
      ask: (asked) => this.#ask(asked),
    });
  }

  /** Exchanges that are with an engine now. */
  get running(): number {
    return this.#running.size;
  }

  /** Bytes of bodies that are held until it is known who gets them. */
  get heldBytes(): number {
    return this.#heldBytes.held;
  }

  /** Starts the engine's request; the receiver gets the body. */
  accept(request: ExchangeRequest, exchange: ForwardedExchange): ExchangeReceiver {
    const { engines, policy } = this.#options;
    const verdict = policy.check(request.method, request.path);
    if (!verdict.allowed) {
      exchange.reset('policy_denied', verdict.reason);
      return { data() {}, end() {}, reset() {} };
    }
    const target = { ...request, path: verdict.path };
    const { sole: engine } = engines;
    // One Ollama, all of whose models may be used: nobody needs to know what is asked.
    if (engine?.kind === 'ollama' && !policy.narrowsModels) {
      const turn = isGeneration(target.path) ? this.#turnNow(engine) : undefined;
      if (turn || !isGeneration(target.path)) {
        exchange.about?.({ engine: engine.name });
        return this.#ask({ request: target, exchange, engine, turn });
      }
    }
    const pending = new PendingExchange(exchange, this.#heldBytes);
    this.#routed.answer(target, pending).catch((error: unknown) => this.#failed(error, target.path, pending));
    return pending;
  }

  #turnNow(engine: Engine): Turn | undefined {
    return this.turns.isFree(engine) ? this.turns.take(engine, () => {}) : undefined;
  }

  #ask({ request, exchange, engine, turn }: EngineRequest): Forwarding {
    const { idleTimeoutMs = IDLE_TIMEOUT_MS, unreachable, modelsChanged } = this.#options;
    const forwarding = new Forwarding(request, exchange, {
      open: (headers) => engine.open(request.method, request.path, headers),
      idleTimeoutMs,
      said: () => void (engine.spokeAt = performance.now()),
      done: (code?: ResetCode) => {
        this.#running.delete(forwarding);
        // Also when it broke off: it may be stopped, or be about to come back as another version.
        if (code === 'engine_unreachable' || code === 'engine_failed') unreachable?.();
        if (changesModels(request.method, request.path)) modelsChanged?.();
        turn?.release();
      },
    });
    this.#running.add(forwarding);
    forwarding.start();
    return forwarding;
  }

  #failed(error: unknown, path: string, pending: PendingExchange): void {
    if (error instanceof Gone) return;
    if (error instanceof Refusal) {
      if (error.code === 'engine_unreachable') this.#options.unreachable?.();
      return pending.refuse(error, path);
    }
    this.#options.fault?.(error);
    pending.exchange.reset('engine_failed', 'The bridge could not ask the engine.');
  }

  [Symbol.dispose](): void {
    for (const forwarding of this.#running) forwarding.reset('shutting_down', 'the bridge was stopped');
  }
}
