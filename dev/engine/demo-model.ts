import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { EngineError } from './engine-error.ts';
import { type Generation, type GenerationPiece, generate } from './generate.ts';
import type { Llama } from './llama.ts';
import { type Embedding, type LoadedModel, loadModel } from './loaded-model.ts';

/** How long an idle model stays in memory unless a request says otherwise; Ollama's default. */
const KEEP_ALIVE_MS = 5 * 60_000;
/** The longest a Node timer can wait; beyond it a model stays for good. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export interface DemoModelOptions {
  name: string;
  path: string;
  llama: Llama;
  tokensPerSecond?: number | undefined;
  /** Fail after this many tokens. */
  failAfter?: number | undefined;
}

/** One model of the engine, in memory or not, with its running generations. */
export class DemoModel {
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly digest: string;
  readonly modifiedAt: Date;
  readonly #options: DemoModelOptions;
  #loading: Promise<LoadedModel> | undefined;
  #active = 0;
  #users = 0;
  #keepAliveMs = KEEP_ALIVE_MS;
  #idleSince = Date.now();
  #expiry: NodeJS.Timeout | undefined;

  private constructor(options: DemoModelOptions, file: { sizeBytes: number; digest: string; modifiedAt: Date }) {
    this.#options = options;
    this.name = options.name;
    this.path = options.path;
    this.sizeBytes = file.sizeBytes;
    this.digest = file.digest;
    this.modifiedAt = file.modifiedAt;
  }

  static async open(options: DemoModelOptions): Promise<DemoModel> {
    const [bytes, { mtime }] = await Promise.all([readFile(options.path), stat(options.path)]);
    const digest = createHash('sha256').update(options.name).update(bytes).digest('hex');
    return new DemoModel(options, { sizeBytes: bytes.length, digest, modifiedAt: mtime });
  }

  /** Generations running now, those that wait for a sequence included. */
  get active(): number {
    return this.#active;
  }

  get loaded(): boolean {
    return this.#loading !== undefined;
  }

  /** When the model leaves memory if nobody uses it again; undefined for never. */
  get expiresAt(): Date | undefined {
    if (this.#keepAliveMs > MAX_TIMER_MS) return undefined;
    return new Date((this.#users > 0 ? Date.now() : this.#idleSince) + this.#keepAliveMs);
  }

  /** Streams an answer; it stops within a token of the signal, which is not an error. */
  async *generate(generation: Generation, keepAliveMs?: number): AsyncGenerator<GenerationPiece, void> {
    await using use = await this.#use(keepAliveMs);
    this.#active++;
    try {
      let tokens = 0;
      for await (const piece of generate(use.model, generation, this.#options.tokensPerSecond)) {
        if (tokens++ === this.#options.failAfter)
          throw new EngineError('generation-failed', 'llama runner process has terminated: exit status 2');
        yield piece;
      }
    } catch (error) {
      if (!generation.signal.aborted) throw error;
    } finally {
      this.#active--;
    }
  }

  async embed(texts: readonly string[], keepAliveMs?: number): Promise<Embedding[]> {
    await using use = await this.#use(keepAliveMs);
    return await Promise.all(texts.map((text) => use.model.embed(text)));
  }

  /** Brings the model into memory, or with 0 out of it as soon as it is idle. */
  async keepAlive(keepAliveMs?: number): Promise<void> {
    if (keepAliveMs === 0 && !this.loaded) return;
    await using _ = await this.#use(keepAliveMs);
  }

  async #use(keepAliveMs = KEEP_ALIVE_MS): Promise<AsyncDisposable & { model: LoadedModel }> {
    clearTimeout(this.#expiry);
    this.#keepAliveMs = keepAliveMs;
    this.#users++;
    this.#loading ??= loadModel(this.#options.llama, this.path);
    const loading = this.#loading;
    try {
      return { model: await loading, [Symbol.asyncDispose]: () => this.#leave() };
    } catch (error) {
      if (this.#loading === loading) this.#loading = undefined; // the next request tries again
      this.#users--;
      throw new EngineError('generation-failed', `model failed to load: ${this.name}`, { cause: error });
    }
  }

  async #leave(): Promise<void> {
    this.#users--;
    if (this.#users > 0) return;
    this.#idleSince = Date.now();
    if (this.#keepAliveMs === 0) await this.#unload();
    else if (this.#keepAliveMs <= MAX_TIMER_MS)
      this.#expiry = setTimeout(() => void this.#unload(), this.#keepAliveMs).unref();
  }

  async #unload(): Promise<void> {
    const loading = this.#loading;
    this.#loading = undefined;
    await (await loading)?.dispose();
  }
}
