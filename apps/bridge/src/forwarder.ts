import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Exchange, ExchangeReceiver, ExchangeRequest } from '@cloudtolocalllm/protocol';
import { Forwarding, type OpenRequest } from './forwarding.ts';
import { changesModels, type Policy } from './policy.ts';

/** Silence within an answer; an answer as a whole may take as long as it likes. */
const IDLE_TIMEOUT_MS = 15 * 60_000;

export interface ForwarderOptions {
  /** The engine's origin, fixed here: nothing that a relay sends can change it. */
  engine: URL;
  policy: Policy;
  idleTimeoutMs?: number;
  /** The engine did not answer: time to look how it is. */
  unreachable?: () => void;
  /** A request that may have changed what models there are is over. */
  modelsChanged?: () => void;
}

/** Forwards exchanges to the engine on this computer, as far as the policy allows. */
export class Forwarder implements Disposable {
  readonly #options: ForwarderOptions;
  readonly #agent: HttpAgent;
  readonly #running = new Set<Forwarding>();

  constructor(options: ForwarderOptions) {
    this.#options = options;
    const agentOptions = { keepAlive: true, maxFreeSockets: 16, scheduling: 'lifo' } as const;
    this.#agent = options.engine.protocol === 'https:' ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions);
  }

  /** Exchanges that are with the engine now. */
  get running(): number {
    return this.#running.size;
  }

  /** Starts the engine's request; the receiver gets the body. */
  accept(request: ExchangeRequest, exchange: Exchange): ExchangeReceiver {
    const { engine, policy, idleTimeoutMs = IDLE_TIMEOUT_MS, unreachable, modelsChanged } = this.#options;
    const verdict = policy.check(request.method, request.path);
    if (!verdict.allowed) {
      exchange.reset('policy_denied', verdict.reason);
      return { data() {}, end() {}, reset() {} };
    }
    const make = engine.protocol === 'https:' ? httpsRequest : httpRequest;
    const open: OpenRequest = (headers) =>
      make(engine, { agent: this.#agent, method: request.method, path: verdict.path, headers });
    const forwarding = new Forwarding(request, exchange, {
      open,
      idleTimeoutMs,
      done: (code) => {
        this.#running.delete(forwarding);
        // Also when it broke off: it may be stopped, or be about to come back as another version.
        if (code === 'engine_unreachable' || code === 'engine_failed') unreachable?.();
        if (changesModels(request.method, request.path)) modelsChanged?.();
      },
    });
    this.#running.add(forwarding);
    forwarding.start();
    return forwarding;
  }

  [Symbol.dispose](): void {
    for (const forwarding of this.#running) forwarding.reset('shutting_down', 'the bridge was stopped');
    this.#agent.destroy();
  }
}
