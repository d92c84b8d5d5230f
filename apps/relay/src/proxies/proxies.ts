import { LinkBudget, newId, type ProxyEnd } from '@cloudtolocalllm/protocol';
import type { Logger } from 'pino';
import type { BridgeLink, BridgeLinks } from '../bridges/bridge-link.ts';
import type { BridgeStore } from '../bridges/bridge-store.ts';
import { noSuchBridge } from '../bridges/no-such-bridge.ts';
import type { ProxiesConfiguration } from '../config.ts';
import { RelayError } from '../errors.ts';
import type { UserEvents } from '../fabric/user-events.ts';
import type { Ticker, Ticking } from '../gateway/keep-alive-ticker.ts';
import type { RelayDatabase } from '../storage/database.ts';
import type { ProxyDriver, WorkerEnd } from './drivers/proxy-driver.ts';
import { type FinishReason, finishProxy, type ProxyToFinish } from './finish-proxy.ts';
import { makeProxy, type ProxyDraft } from './make-proxy.ts';
import { resolveProxyConfig } from './proxy-limits.ts';
import { ProxyEnds } from './proxy-ends.ts';
import { ProxySlots } from './proxy-slots.ts';
import { type ProxyEndRow, proxyStore } from './proxy-store.ts';
import { isTokenOf } from './proxy-token.ts';
import type { RunningProxy } from './running-proxy.ts';

export interface ProxiesOptions {
  config: ProxiesConfiguration;
  database: Pick<RelayDatabase, 'kysely' | 'batch'>;
  /** What makes their processes; it is there when it is asked for. Closing it is its owner's. */
  driver(): Promise<ProxyDriver>;
  bridges: Pick<BridgeStore, 'find'>;
  links: Pick<BridgeLinks, 'require'>;
  events: Pick<UserEvents, 'publish'>;
  ticker: Ticker;
  log: Pick<Logger, 'error' | 'info' | 'warn'>;
  /** Told of each that has ended, for the metrics. */
  ended?: ((reason: ProxyEnd) => void) | undefined;
  /** Milliseconds since 1970. */
  now?: (() => number) | undefined;
}

/** What is being made: its bridge or key may be removed meanwhile. */
interface Making {
  userId: string;
  bridgeId: string;
  keyId: string | undefined;
  isRevoked: boolean;
  ended?: Promise<unknown>;
}

/** One of them, from when its process is ready until nothing of it is left. */
interface Entry extends ProxyToFinish {
  slot: Disposable;
  ending: Promise<void> | undefined;
  toldChanges: number;
  storedChanges: number;
}

/** Ticks between two writes of the figures of proxies that are used. */
const STORE_TICKS = 5;
/** After so many in which its process took nothing of what it was sent, it hangs: the busiest one takes some in each. */
const HUNG_TICKS = 15;
const HUNG = 'Its process did not answer any more.';
/** While a relay stops: between looks at what still runs. */
const DRAIN_LOOK_MS = 50;

/** The proxies of this relay: makes them, knows whose token is whose, and ends them. They don't outlive it. */
export class Proxies implements Ticking, AsyncDisposable {
  readonly store;
  readonly #options: ProxiesOptions;
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry>();
  readonly #making = new Set<Making>();
  readonly #creations = new Set<Promise<unknown>>();
  readonly #slots: ProxySlots;
  readonly #budget = new LinkBudget();
  readonly #ends: ProxyEnds;
  #storing: Promise<void> | undefined;
  #ticks = 0;
  #isClosing = false;

  constructor(options: ProxiesOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#slots = new ProxySlots(options.config);
    this.store = proxyStore(options.database.kysely);
    this.#ends = new ProxyEnds({ store: this.store, log: options.log });
    options.ticker.add(this);
  }

  /** How many are alive. */
  get runningCount(): number {
    return this.#entries.size;
  }

  /** One of this user's that is alive. */
  running(userId: string, proxyId: string): RunningProxy | undefined {
    const proxy = this.#entries.get(proxyId)?.proxy;
    return proxy?.identity.userId === userId ? proxy : undefined;
  }

  /** How one has ended whose row does not say so yet. */
  unstoredEnd(proxyId: string): ProxyEndRow | undefined {
    return this.#ends.unstored(proxyId);
  }

  /** The proxy whose token this is; undefined for a token of another, of one that has ended, or of none. */
  authenticate(proxyId: string, token: string): RunningProxy | undefined {
    const proxy = this.#entries.get(proxyId)?.proxy;
    if (proxy?.admits(token) === true) return proxy;
    // Takes as long for one that is not there.
    if (proxy === undefined) isTokenOf(undefined, token);
    return undefined;
  }

  /**
   * Makes one, and its token, which is kept nowhere.
   * @throws RelayError validation_failed, forbidden, not_found (the bridge), rate_limited, shutting_down; interrupted when
   *   it ended before it was ready.
   */
  async create(draft: ProxyDraft): Promise<{ proxy: RunningProxy; token: string }> {
    if (this.#isClosing) throw shuttingDown();
    const config = resolveProxyConfig(draft.config, this.#options.config, draft.key?.models);
    const slot = this.#slots.take(draft.userId);
    const making: Making = { userId: draft.userId, bridgeId: draft.bridgeId, keyId: draft.key?.id, isRevoked: false };
    this.#making.add(making);
    const creation = this.#create(draft, config, slot, making);
    this.#creations.add((making.ended = creation));
    try {
      return await creation;
    } finally {
      this.#making.delete(making);
      this.#creations.delete(creation);
    }
  }

  async #create(
    { id = newId('proxy'), userId, bridgeId, key, name, address, isGone }: ProxyDraft,
    config: ReturnType<typeof resolveProxyConfig>,
    slot: Disposable,
    making: Making,
  ): Promise<{ proxy: RunningProxy; token: string }> {
    let entry: Entry | undefined;
    let secret = '';
    try {
      if ((await this.#options.bridges.find(userId, bridgeId)) === undefined) throw noSuchBridge(bridgeId);
      const { proxy, token } = await makeProxy({
        draft: { id, userId, bridgeId, keyId: key?.id, name, config },
        endsAtLatest: key?.expires ?? Infinity,
        driver: await this.#options.driver(),
        budget: this.#budget,
        upstream: () => this.upstream({ userId, bridgeId }),
        now: this.#now,
        died: (end) => void this.#died(id, end),
      });
      secret = token;
      const stored = this.store.insert(proxy.row, address);
      // Until it is awaited, below or by its end.
      stored.catch(() => {});
      entry = { proxy, slot, stored, ending: undefined, toldChanges: 0, storedChanges: 0 };
      this.#entries.set(id, entry);
      if (proxy.death !== undefined) void this.#died(id, proxy.death);
      await stored;
    } catch (error) {
      if (entry === undefined) slot[Symbol.dispose]();
      else await this.#end(entry, 'failed');
      throw error;
    }
    const { proxy } = entry;
    if (isGone()) await this.#end(entry, 'deleted', { detail: 'Nobody waited for it any more.' });
    else if (making.isRevoked) await this.#end(entry, 'revoked');
    else if (this.#isClosing) await this.#end(entry, 'relay_stopped');
    if (entry.ending !== undefined) {
      await entry.ending;
      throw new RelayError('interrupted', 'The proxy ended while it was being made. Make it again.');
    }
    this.#options.events.publish(userId, { type: 'proxy', proxyId: id });
    return { proxy, token: secret };
  }

  /** The link of a proxy's bridge. @throws RelayError bridge_offline */
  async upstream({ userId, bridgeId }: { userId: string; bridgeId: string }): Promise<BridgeLink> {
    const link = await this.#options.links.require(userId, bridgeId);
    if (link.streaming) return link;
    throw new RelayError('bridge_offline', `Cannot open exchange: bridge "${link.name}" speaks only chat`);
  }

  /** Ends one of this user's; resolves when nothing of it is left. False when it is not alive. */
  async end(userId: string, proxyId: string, address: string): Promise<boolean> {
    const entry = this.#entries.get(proxyId);
    if (entry === undefined || entry.proxy.identity.userId !== userId) return false;
    await this.#end(entry, 'deleted', { address });
    return true;
  }

  /** Ends one that an earlier try made, and forgets it: nobody was told its token. */
  async discard(userId: string, proxyId: string, address: string): Promise<void> {
    await this.end(userId, proxyId, address);
    await this.store.remove(userId, proxyId);
  }

  /** A bridge was removed, an API key revoked, or all of a person's is: what depends on it ends. */
  async revoked({ bridgeId, keyId, userId }: { bridgeId?: string; keyId?: string; userId?: string }): Promise<void> {
    const depends = (thing: Pick<Making, 'userId' | 'bridgeId' | 'keyId'>): boolean =>
      thing.bridgeId === bridgeId || thing.userId === userId || (keyId !== undefined && thing.keyId === keyId);
    const making = [...this.#making].filter(depends);
    for (const one of making) one.isRevoked = true;
    const entries = [...this.#entries.values()].filter(({ proxy }) => depends(proxy.identity));
    await Promise.all(entries.map((entry) => this.#end(entry, 'revoked')));
    if (userId !== undefined) await Promise.allSettled(making.flatMap(({ ended }) => ended ?? [])); // no row comes later
  }

  /** Once in about a second: ends what nobody uses, what is over and what hangs, tells and keeps figures that move. */
  tick(): void {
    this.#ticks++;
    const now = this.#now();
    for (const entry of this.#entries.values()) {
      const { proxy } = entry;
      const { config, expires } = proxy.identity;
      if (proxy.running > 0) proxy.used();
      const hangs = proxy.countSilence() >= HUNG_TICKS;
      if (now >= expires) void this.#end(entry, 'expired');
      else if (hangs) void this.#end(entry, 'failed', { detail: HUNG });
      else if (now - proxy.lastUsed >= config.timeout * 1000) void this.#end(entry, 'timeout');
      else if (proxy.changes !== entry.toldChanges) void this.#tell(entry);
    }
    if (this.#ticks % STORE_TICKS !== 0) return;
    void this.#ends.retry();
    this.#storing ??= this.#store().finally(() => (this.#storing = undefined));
  }

  async #tell(entry: Entry): Promise<void> {
    const { proxy } = entry;
    entry.toldChanges = proxy.changes;
    await proxy.measure();
    this.#options.events.publish(proxy.identity.userId, { type: 'proxy', proxyId: proxy.identity.id });
  }

  /** Keeps the figures of those that were used. */
  async #store(): Promise<void> {
    const changed = [...this.#entries.values()].filter(
      ({ proxy, ending, storedChanges }) => ending === undefined && proxy.changes !== storedChanges,
    );
    try {
      await this.#options.database.batch(
        changed.map((entry) => {
          const { proxy } = entry;
          entry.storedChanges = proxy.changes;
          return this.store.figures(proxy.identity.userId, proxy.identity.id, proxy.figures);
        }),
      );
    } catch (err) {
      this.#options.log.error({ err }, 'Cannot store the figures of proxies');
    }
  }

  async #died(proxyId: string, { cause, detail }: WorkerEnd): Promise<void> {
    const entry = this.#entries.get(proxyId);
    // What was not asked for is a failure, whoever did it.
    if (entry !== undefined) await this.#end(entry, cause === 'destroyed' ? 'failed' : cause, { detail });
  }

  #end(entry: Entry, reason: ProxyEnd, more: Omit<FinishReason, 'reason'> = {}): Promise<void> {
    entry.ending ??= this.#finish(entry, { reason, ...more });
    return entry.ending;
  }

  /** Never rejects. */
  async #finish(entry: Entry, why: FinishReason): Promise<void> {
    const { id, userId } = entry.proxy.identity;
    const { log, events, ended } = this.#options;
    await finishProxy(entry, why, { ends: this.#ends, log, now: this.#now });
    this.#entries.delete(id);
    entry.slot[Symbol.dispose]();
    ended?.(why.reason);
    events.publish(userId, { type: 'proxy', proxyId: id });
  }

  /** Takes nothing new, waits for what runs until the grace period is over, then ends all. */
  async drain(signal: AbortSignal): Promise<void> {
    this.#isClosing = true;
    const runs = (): boolean => [...this.#entries.values()].some(({ proxy }) => proxy.running > 0);
    while (runs() && !signal.aborted) await new Promise((resolve) => setTimeout(resolve, DRAIN_LOOK_MS));
    await this.#endAll();
  }

  async #endAll(): Promise<void> {
    await Promise.allSettled(this.#creations);
    await Promise.all([...this.#entries.values()].map((entry) => this.#end(entry, 'relay_stopped')));
  }

  /** Ends all that are left. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true;
    this.#options.ticker.delete(this);
    await this.#endAll();
    await this.#ends.retry();
    await this.#storing;
  }
}

function shuttingDown(): RelayError {
  return new RelayError('shutting_down', 'The relay is restarting. Try again in a moment.');
}
