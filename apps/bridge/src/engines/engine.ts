import { Agent as HttpAgent, type ClientRequest, type OutgoingHttpHeaders, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { sameModel } from '@cloudtolocalllm/protocol/bodies';
import { ENGINE_KINDS, type EngineKind } from './engine-kind.ts';
import { addressText, type EngineSettings } from './engine-settings.ts';
import { type EngineProbe, engineTrouble } from './probe-engine.ts';

/** An engine that spoke so lately does not hang, whatever it leaves unanswered: it has one slot, and uses it. */
const SPEAKS_MS = 15_000;

/** One engine of this computer: where it is, how it was when it was asked last, and the way to it. */
export class Engine implements Disposable {
  readonly settings: EngineSettings;
  readonly address: string;
  /** Undefined until it was asked for the first time. */
  probe: EngineProbe | undefined;
  /** The models it had when it was up: what is down has them still. */
  models: readonly string[] = [];
  /** When it said something of an answer, in ms as of performance.now(). */
  spokeAt = -Infinity;
  readonly #kept: HttpAgent;
  readonly #fresh: HttpAgent;
  readonly #base: string;
  /** Nobody has named it. */
  readonly #isFound: boolean;

  constructor(settings: EngineSettings, isFound = false) {
    this.settings = settings;
    this.#isFound = isFound;
    this.address = addressText(settings.url);
    this.#base = settings.url.pathname === '/' ? '' : settings.url.pathname;
    const Agent = settings.url.protocol === 'https:' ? HttpsAgent : HttpAgent;
    this.#kept = new Agent({ keepAlive: true, maxFreeSockets: 16, scheduling: 'lifo' });
    this.#fresh = new Agent();
  }

  get name(): string {
    const { name, url } = this.settings;
    return name ?? (this.#isFound && this.probe?.kind ? ENGINE_KINDS[this.probe.kind].label : url.host);
  }

  /** Before it has answered for the first time it is taken for an Ollama, which needs nothing to be done for it. */
  get kind(): EngineKind {
    return this.settings.kind ?? this.probe?.kind ?? 'ollama';
  }

  get isUp(): boolean {
    return this.probe?.state === 'up';
  }

  /** Generations at the same time. */
  get limit(): number {
    return this.settings.limit ?? this.probe?.slots ?? ENGINE_KINDS[this.kind].limit;
  }

  /** What is wrong with it, for a person. */
  get trouble(): string | undefined {
    return engineTrouble({ state: this.probe?.state ?? 'absent' }, this.settings.url);
  }

  /** It was asked how it is. */
  seen(probe: EngineProbe): void {
    const isBusy = probe.state === 'hangs' && this.isUp && performance.now() - this.spokeAt < SPEAKS_MS;
    if (isBusy) return;
    if (probe.state === 'up') this.models = probe.models;
    // What it was is kept while it is away, so that requests for it are understood.
    this.probe = probe.kind === undefined && this.probe?.kind ? { ...probe, kind: this.probe.kind } : probe;
  }

  /** The model's name as this engine lists it; undefined when it has no such model. */
  modelNamed(model: string): string | undefined {
    return this.models.find((name) => name === model) ?? this.models.find((name) => sameModel(name, model));
  }

  /** A request to it, with its own key and Host. Throws TypeError for a method or headers that can't be sent. */
  open(method: string, path: string, headers: OutgoingHttpHeaders): ClientRequest {
    const { url, key } = this.settings;
    if (key !== undefined) headers['authorization'] = `Bearer ${key}`;
    const make = url.protocol === 'https:' ? httpsRequest : httpRequest;
    return make(url, {
      // Others close idle connections after 5 s without a word: a request must not meet one that is just closing.
      agent: this.kind === 'ollama' ? this.#kept : this.#fresh,
      method,
      path: this.#base + path,
      headers,
    });
  }

  [Symbol.dispose](): void {
    this.#kept.destroy();
    this.#fresh.destroy();
  }
}
