import type { Exchange, ExchangeReceiver, ExchangeRequest, LinkBudget, ProxyEnd } from '@cloudtolocalllm/protocol';
import type { WorkerFigures } from '@cloudtolocalllm/protocol/worker';
import type { BridgeLink } from '../bridges/bridge-link.ts';
import { RelayError } from '../errors.ts';
import type { ProxyRow } from '../storage/tables.ts';
import type { ProxyDriver, ProxyWorker, WorkerEnd } from './drivers/proxy-driver.ts';
import { finalFigures, NO_FIGURES, toMetrics, UsageMeter } from './proxy-figures.ts';
import type { WholeProxyConfig } from './proxy-limits.ts';
import type { ProxyFiguresRow } from './proxy-store.ts';
import { isTokenOf } from './proxy-token.ts';
import { within } from './within.ts';
import { WorkerLink } from './worker-link.ts';

/** What a proxy is from its beginning to its end. */
export interface ProxyIdentity {
  id: string;
  userId: string;
  bridgeId: string;
  /** The API key that made it. */
  keyId: string | undefined;
  name: string | undefined;
  config: WholeProxyConfig;
  tokenHash: Buffer;
  /** Milliseconds since 1970, as is `expires`. */
  created: number;
  expires: number;
}

export interface RunningProxyOptions {
  identity: ProxyIdentity;
  driver: ProxyDriver['name'];
  worker: ProxyWorker;
  /** Shared by all proxies. */
  budget: LinkBudget;
  /** Its bridge's link, waiting for one that was just cut off. Rejects with RelayError bridge_offline. */
  upstream(): Promise<BridgeLink>;
  /** Milliseconds since 1970. */
  now(): number;
  /** Its process is gone, or speaks nonsense: the proxy has to be ended. Called once, and not after `close`. */
  died(end: WorkerEnd): void;
}

/** So often a worker tells what it has measured, while that changes. */
const FIGURES_EVERY_MS = 100;
/** At its end, for the last of them and of its usage: what streams is not cut before. */
const SETTLE_MS = 3 * FIGURES_EVERY_MS;
/** For a look at the system: Docker takes a second where it has to be asked. What comes later counts the next time. */
const LOOK_MS = 2_000;
/** What a look at the system has found is good for so long. */
const USAGE_MS = 900;
/** After its streams have ended, for the system to say why a process did. */
const LAST_WORDS_MS = 2_000;

/** For whoever is being answered when it ends. */
const ENDED: Record<ProxyEnd, string> = {
  deleted: 'This proxy was ended by its owner.',
  timeout: 'This proxy ended: nobody used it.',
  expired: 'This proxy is over: it was made for this long.',
  revoked: 'This proxy ended: its computer, or the key that made it, was removed from the relay.',
  relay_stopped: 'This proxy ended with its relay, which restarts.',
  out_of_memory: "This proxy's process ran out of memory.",
  killed: "This proxy's process was killed.",
  failed: "This proxy's process failed.",
};

/** One proxy while it lives: its process, the link through it, and what is measured. */
export class RunningProxy {
  readonly identity: ProxyIdentity;
  readonly #options: RunningProxyOptions;
  readonly #usage = new UsageMeter();
  #link: WorkerLink | undefined;
  #figures = NO_FIGURES;
  #refused = 0;
  /** Exchanges that its worker has been sent. */
  #opened = 0;
  #told: (() => void) | undefined;
  /** The look at the system that is under way. */
  #looking: Promise<void> | undefined;
  #isOver = false;
  /** Raised with every change of its figures. */
  changes = 0;
  /** How its process ended, when that was not asked for. */
  death: WorkerEnd | undefined;
  /** When it was used last, in milliseconds since 1970. */
  lastUsed: number;

  /** Waits until its worker takes exchanges. @throws Error when it does not: the worker is destroyed then. */
  static async start(options: RunningProxyOptions): Promise<RunningProxy> {
    const proxy = new RunningProxy(options);
    try {
      await proxy.#start();
    } catch (error) {
      proxy.#isOver = true;
      await options.worker.destroy();
      throw error;
    }
    return proxy;
  }

  private constructor(options: RunningProxyOptions) {
    this.#options = options;
    this.identity = options.identity;
    this.lastUsed = options.identity.created;
  }

  async #start(): Promise<void> {
    const { worker, budget, upstream, identity } = this.#options;
    const { paths, maxRequests, maxConcurrent, maxTokens } = identity.config;
    void this.measure(); // mostly done before its worker answers: its row begins with it, and the share of time
    this.#link = await WorkerLink.start({
      worker,
      budget,
      upstream,
      limits: {
        ...(paths && { paths }),
        ...(maxRequests !== undefined && { maxRequests }),
        ...(maxConcurrent !== undefined && { maxConcurrent }),
        ...(maxTokens !== undefined && { maxTokens }),
      },
      figuresEveryMs: FIGURES_EVERY_MS,
      figures: (figures) => this.#measured(figures),
      closed: (error) => void this.#lost(error),
    });
    void worker.ended.then((end) => this.#died(end));
  }

  get bridgeId(): string {
    return this.identity.bridgeId;
  }

  /** Exchanges that run through it. */
  get running(): number {
    return this.#isOver ? 0 : (this.#link?.running ?? 0);
  }

  /** Once a tick: for how many in a row its process has not taken what it was sent. */
  countSilence(): number {
    return this.#isOver ? 0 : (this.#link?.countSilence() ?? 0);
  }

  /** Whether it takes this token: not when it has ended, or its time is over. */
  admits(token: string): boolean {
    const { tokenHash, expires } = this.identity;
    return isTokenOf(tokenHash, token) && !this.#isOver && this.#options.now() < expires;
  }

  /** Opens an exchange through its worker. @throws RelayError forbidden, bad_request, rate_limited */
  open(request: ExchangeRequest, receiver: ExchangeReceiver): Exchange {
    if (this.#isOver || this.#link === undefined || this.#link.closed) {
      throw new RelayError('interrupted', 'This proxy has just ended.');
    }
    this.used();
    try {
      const exchange = this.#link.open(request, receiver);
      this.#opened++;
      return exchange;
    } catch (cause) {
      if (cause instanceof RangeError) {
        const message = `${cause.message}. Send fewer or shorter headers, or a shorter path.`;
        throw new RelayError('bad_request', message, { cause });
      }
      throw new RelayError('rate_limited', 'This proxy has too many requests running. Try again in a moment.', {
        cause,
      });
    }
  }

  /** It is of use: its idle time begins anew. */
  used(): void {
    this.lastUsed = this.#options.now();
  }

  /** A request with its token was refused before it came to its worker. */
  refused(): void {
    this.#refused++;
    this.changes++;
  }

  /** Looks how much memory and time its process uses, unless that was done just now. */
  async measure(): Promise<void> {
    const now = this.#options.now();
    const { measuredAt } = this.#usage;
    if (this.#isOver || (measuredAt !== undefined && now - measuredAt < USAGE_MS)) return;
    await within(LOOK_MS, this.#look());
  }

  /** Its figures now. */
  get figures(): ProxyFiguresRow {
    const figures = this.#isOver ? finalFigures(this.#figures) : this.#figures;
    return {
      metrics: JSON.stringify(toMetrics(figures, this.#refused)),
      resources: JSON.stringify(this.#usage.resources),
    };
  }

  /** As it is stored while it runs. */
  get row(): ProxyRow {
    const { id, userId, bridgeId, keyId, name, config, tokenHash, created, expires } = this.identity;
    return {
      id,
      user_id: userId,
      bridge_id: bridgeId,
      key_id: keyId ?? null,
      name: name ?? null,
      token_hash: tokenHash.toString('base64url'),
      config: JSON.stringify(config),
      driver: this.#options.driver,
      enforcement: JSON.stringify(this.#options.worker.enforcement),
      status: 'running',
      created: new Date(created).toISOString(),
      expires: new Date(expires).toISOString(),
      ended: null,
      reason: null,
      detail: null,
      ...this.figures,
    };
  }

  /** Ends it: its token is worthless, what runs breaks off. Resolves when nothing of its process is left. */
  async close(reason: ProxyEnd): Promise<void> {
    if (!this.#isOver) {
      this.#isOver = true;
      await within(SETTLE_MS, Promise.all([this.#look(), this.#settleFigures()]));
      this.#link?.close(ENDED[reason]);
    }
    await this.#options.worker.destroy();
  }

  #look(): Promise<void> {
    this.#looking ??= this.#takeUsage().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async #takeUsage(): Promise<void> {
    const { worker, now } = this.#options;
    const at = now();
    const usage = await worker.usage().catch(() => undefined);
    if (usage !== undefined) this.#usage.add(usage, at);
  }

  #measured(figures: WorkerFigures): void {
    this.#figures = figures;
    this.changes++;
    this.#told?.();
  }

  /** Waits for what its worker has measured of requests that came, or ended, just now. */
  async #settleFigures(): Promise<void> {
    const isStale = (): boolean => {
      const { requests, running } = this.#figures;
      return requests < this.#opened || (running > 0 && this.#link?.running === 0);
    };
    if (!isStale()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#told = () => {
      if (!isStale()) resolve();
    };
    await promise;
  }

  #died(end: WorkerEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.death = end;
    this.#link?.close(ENDED[end.cause === 'destroyed' ? 'failed' : end.cause]);
    this.#options.died(end);
  }

  /** Its streams ended before its process was seen to: that is mostly about to be told why. */
  async #lost(fault: Error | undefined): Promise<void> {
    const detail = fault?.message ?? 'It closed its connection to the relay.';
    const end = await within(fault === undefined ? LAST_WORDS_MS : 0, this.#options.worker.ended);
    this.#died(end ?? { cause: 'failed', detail });
  }
}
