import { availableParallelism, loadavg } from 'node:os';
import type { StatusUpdate } from '@cloudtolocalllm/protocol';
import { fullModelName } from '@cloudtolocalllm/protocol/bodies';
import { Engine } from './engine.ts';
import { ENGINE_KINDS } from './engine-kind.ts';
import type { EngineChoice, EngineSettings } from './engine-settings.ts';
import { engineInfo, type EngineProbe, PROBE_TIMEOUT_MS, probeEngine } from './probe-engine.ts';
import { isEngine, unnamed } from './survey-engines.ts';

type Report = Omit<StatusUpdate['payload'], 'mayManageModels'>;

/** All in milliseconds. */
export interface EngineTimings {
  /** Between looks at an engine that answers, and at one that does not. */
  pollUpMs: number;
  pollDownMs: number;
  /** Between looks at the usual ports where no engine is: while there is none at all, and else. */
  searchMs: number;
  searchMoreMs: number;
  /** An engine that was found on a usual port and does not come back is no longer told of. */
  forgetMs: number;
  /** The load changes all the time; it is told this often, anything else at once. */
  tellLoadMs: number;
  timeoutMs: number;
}

const TIMINGS: EngineTimings = {
  pollUpMs: 10_000,
  pollDownMs: 2_000,
  searchMs: 5_000,
  searchMoreMs: 30_000,
  forgetMs: 60_000,
  tellLoadMs: 30_000,
  timeoutMs: PROBE_TIMEOUT_MS,
};
/** An Ollama's version is asked this often while it is up. */
const ASK_ALL_MS = 60_000;
/** Of a status_update. */
const MAX_MODELS = 1000;
const MAX_KIND_CHARACTERS = 32;
const MAX_VERSION_CHARACTERS = 64;

/** An engine that is looked at again and again. */
interface Watched {
  engine: Engine;
  /** On a usual port: counts once it answers as an engine, until nothing answers there any more. */
  isFound: boolean;
  looking?: Promise<void> | undefined;
  /** As the clock says; Infinity while it is being looked at. */
  nextLook: number;
  absentSince?: number | undefined;
  /** When it was asked for more than its models. */
  askedAllAt?: number;
}

/** The engines of this computer, in order, kept an eye on: every change is told. */
export class Engines implements Disposable {
  readonly #timings: EngineTimings;
  readonly #changed: () => void;
  readonly #now: () => number;
  #choice: EngineChoice;
  #watched: Watched[] = [];
  #all: readonly Engine[] = [];
  #timer: NodeJS.Timeout | undefined;
  #told = '';
  #toldAt = 0;
  #disposed = false;
  #removed: (engine: Engine) => void = () => {};

  /** `now`: milliseconds that only go forward. */
  constructor(
    choice: EngineChoice,
    changed: () => void = () => {},
    timings: Partial<EngineTimings> = {},
    now: () => number = () => performance.now(),
  ) {
    this.#timings = { ...TIMINGS, ...timings };
    this.#changed = changed;
    this.#now = now;
    this.#choice = choice;
    this.#build();
  }

  /** Those that are named, then those that were found; the first that has a model is asked for it. */
  get all(): readonly Engine[] {
    return this.#all;
  }

  /** The only one there is. */
  get sole(): Engine | undefined {
    return this.#all.length === 1 ? this.#all[0] : undefined;
  }

  get working(): readonly Engine[] {
    return this.#all.filter(({ isUp }) => isUp);
  }

  /** Who is asked for the model: the first that has it and works, else the first that had it. */
  withModel(model: string): Engine | undefined {
    const having = this.#all.filter((engine) => engine.modelNamed(model) !== undefined);
    return having.find(({ isUp }) => isUp) ?? having[0];
  }

  /** Called with each engine that is no longer one. */
  onRemoved(removed: (engine: Engine) => void): void {
    this.#removed = removed;
  }

  /** What the relay is told. `models`: those that may be told of. */
  report(mayTell: (model: string) => boolean = () => true): Report {
    const { working } = this;
    const models = new Map<string, string>();
    for (const engine of working) {
      for (const name of engine.models) if (!models.has(fullModelName(name))) models.set(fullModelName(name), name);
    }
    const engine = aboutAll(working);
    return {
      ollamaStatus: working.length > 0 ? 'connected' : 'disconnected',
      models: [...models.values()].filter(mayTell).slice(0, MAX_MODELS),
      systemLoad: Number(((loadavg()[0] ?? 0) / availableParallelism()).toFixed(2)),
      ...(engine && { engine }),
    };
  }

  /** What is wrong, for a person: of each engine that does not work. */
  troubles(): string[] {
    if (this.#all.length > 0) return this.#all.flatMap(({ trouble }) => trouble ?? []);
    const places = unnamed(this.#choice).map(({ url }) => url.port);
    return [`no engine answers on this computer (looked at the ports ${places.join(', ')})`];
  }

  /** Other engines are chosen: those that stay the same are not disturbed. */
  use(choice: EngineChoice): Promise<void> {
    this.#choice = choice;
    this.#build();
    return this.look();
  }

  /** Looks now at all: at the start, and when a request found one gone. Looks at the same time are one. */
  async look(): Promise<void> {
    await Promise.all(this.#watched.map((watched) => this.#look(watched)));
  }

  /** Looks once more than it is looking already: what an engine has was changed just now. */
  async lookAgain(): Promise<void> {
    await Promise.all(this.#watched.flatMap(({ looking }) => looking ?? []));
    await this.look();
  }

  #look(watched: Watched): Promise<void> {
    return (watched.looking ??= this.#probe(watched).finally(() => (watched.looking = undefined)));
  }

  async #probe(watched: Watched): Promise<void> {
    const { engine, isFound } = watched;
    const { timeoutMs, pollUpMs, pollDownMs } = this.#timings;
    watched.nextLook = Infinity;
    const probe = await probeEngine(engine.settings, { timeoutMs, known: this.#known(watched) });
    if (this.#disposed || !this.#watched.includes(watched)) return;
    this.#take(watched, probe);
    const isSearched = isFound && !this.#all.includes(engine);
    watched.nextLook = this.#now() + (engine.isUp ? pollUpMs : isSearched ? this.#searchMs() : pollDownMs);
    this.#tell();
    this.#schedule();
  }

  /** What need not be asked again. An Ollama that was replaced by a newer one within moments is to be noticed some time. */
  #known(watched: Watched): EngineProbe | undefined {
    const { probe, kind } = watched.engine;
    if (probe?.state !== 'up' || kind !== 'ollama') return probe;
    const now = this.#now();
    if (now - (watched.askedAllAt ?? -Infinity) < ASK_ALL_MS) return probe;
    watched.askedAllAt = now;
    return undefined;
  }

  /** One on a usual port joins when it answers as an engine, and leaves when its place stays empty. */
  #take(watched: Watched, probe: EngineProbe): void {
    const { engine, isFound } = watched;
    if (!isFound) return engine.seen(probe);
    const wasThere = this.#all.includes(engine);
    const isThere = isEngine(probe, engine.settings.url) || (wasThere && !this.#isGone(watched, probe));
    if (isThere) engine.seen(probe);
    else engine.probe = undefined;
    if (isThere === wasThere) return;
    this.#gather();
    if (!isThere) this.#removed(engine);
  }

  /** Whether another program has its place, or nothing for longer than an update of the engine takes. */
  #isGone(watched: Watched, { state }: EngineProbe): boolean {
    if (state !== 'absent') watched.absentSince = undefined;
    else watched.absentSince ??= this.#now();
    const { absentSince } = watched;
    return state === 'other' || (absentSince !== undefined && this.#now() - absentSince > this.#timings.forgetMs);
  }

  #searchMs(): number {
    return this.#all.length === 0 ? this.#timings.searchMs : this.#timings.searchMoreMs;
  }

  /** One timer for all: the next look that is due. */
  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#disposed) return;
    const due = Math.min(...this.#watched.map(({ nextLook }) => nextLook));
    if (due === Infinity) return;
    this.#timer = setTimeout(() => this.#lookDue(), Math.max(0, due - this.#now())).unref();
  }

  #lookDue(): void {
    const now = this.#now();
    for (const watched of this.#watched) if (watched.nextLook <= now) void this.#look(watched);
    this.#schedule();
  }

  #tell(): void {
    const { systemLoad: _, ...told } = this.report();
    const text = JSON.stringify([told, this.troubles()]);
    if (text === this.#told && this.#now() - this.#toldAt < this.#timings.tellLoadMs) return;
    this.#told = text;
    this.#toldAt = this.#now();
    this.#changed();
  }

  #build(): void {
    const before = this.#watched;
    const watch = (settings: EngineSettings, isFound: boolean): Watched =>
      before.find((one) => one.isFound === isFound && isSame(one.engine.settings, settings)) ?? {
        engine: new Engine(settings, isFound),
        isFound,
        nextLook: Infinity,
      };
    this.#watched = [
      ...this.#choice.engines.map((settings) => watch(settings, false)),
      ...unnamed(this.#choice).map((settings) => watch(settings, true)),
    ];
    this.#gather();
    for (const old of before) {
      if (this.#watched.includes(old)) continue;
      this.#removed(old.engine);
      old.engine[Symbol.dispose]();
    }
  }

  #gather(): void {
    this.#all = this.#watched.filter(({ isFound, engine }) => !isFound || engine.probe).map(({ engine }) => engine);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
    for (const { engine } of this.#watched) engine[Symbol.dispose]();
  }
}

function isSame(a: EngineSettings, b: EngineSettings): boolean {
  return a.url.href === b.url.href && a.key === b.key && a.kind === b.kind && a.name === b.name && a.limit === b.limit;
}

/** One engine as it is; of several what they are, as far as there is room. */
function aboutAll(working: readonly Engine[]): Report['engine'] {
  const probes = working.flatMap(({ probe }) => probe ?? []);
  const [first] = probes;
  if (first === undefined) return undefined;
  if (probes.length === 1) return engineInfo(first);
  const kind = [...new Set(probes.map((probe) => ENGINE_KINDS[probe.kind ?? 'openai'].label))].join(' + ');
  return {
    kind: kind.length <= MAX_KIND_CHARACTERS ? kind : `${probes.length} engines`,
    version: probes
      .flatMap(({ version }) => version ?? [])
      .join(' + ')
      .slice(0, MAX_VERSION_CHARACTERS),
    ...(probes.every(({ demo }) => demo) && { demo: true }),
  };
}
