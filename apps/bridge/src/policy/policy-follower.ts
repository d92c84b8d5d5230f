import { watch, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { LivePolicy } from './live-policy.ts';
import { policySignature, readPolicyFile } from './policy-file.ts';
import { PolicyFileError } from './policy-file-error.ts';

/** All in milliseconds. */
export interface FollowerTimings {
  /** After the last sign of a change: editors write, rename and touch in one go. */
  settleMs: number;
  /** A file that is gone for this long is deleted; editors that rename have it back within milliseconds. */
  goneMs: number;
  /** Watching does not see everything: the target of a link, a network's disk, a folder that is made anew. */
  pollMs: number;
}

const TIMINGS: FollowerTimings = { settleMs: 150, goneMs: 2_000, pollMs: 5_000 };

/** Keeps a live policy as its file says. */
export class PolicyFollower implements Disposable {
  readonly #path: string;
  readonly #policy: LivePolicy;
  readonly #timings: FollowerTimings;
  #watcher: FSWatcher | undefined;
  #poll: NodeJS.Timeout | undefined;
  #settle: NodeJS.Timeout | undefined;
  #signature = '';
  #reading = Promise.resolve();
  #goneSince: number | undefined;
  #disposed = false;

  private constructor(path: string, policy: LivePolicy, timings: Partial<FollowerTimings>) {
    this.#path = path;
    this.#policy = policy;
    this.#timings = { ...TIMINGS, ...timings };
  }

  /** Reads the file for the first time, then follows it. Never rejects: a wrong file closes the policy. */
  static async start(
    path: string,
    policy: LivePolicy,
    timings: Partial<FollowerTimings> = {},
  ): Promise<PolicyFollower> {
    const follower = new PolicyFollower(path, policy, timings);
    await follower.#read(true);
    follower.#watch();
    follower.#lookLater();
    return follower;
  }

  #watch(): void {
    if (this.#watcher || this.#disposed) return;
    const name = basename(this.#path);
    try {
      this.#watcher = watch(dirname(this.#path), { persistent: false }, (_event, file) => {
        if (file === null || file === name) this.#changed();
      });
      this.#watcher.on('error', () => {
        this.#watcher?.close();
        this.#watcher = undefined; // the next look tries again
      });
    } catch {
      // No folder, or no more watches on this system: looking every few seconds is enough.
    }
  }

  #changed(): void {
    clearTimeout(this.#settle);
    this.#settle = setTimeout(() => this.#readNext(), this.#timings.settleMs).unref();
  }

  #lookLater(): void {
    this.#poll = setTimeout(() => void this.#look(), this.#timings.pollMs).unref();
  }

  async #look(): Promise<void> {
    this.#watch();
    const signature = await policySignature(this.#path);
    if (this.#disposed) return;
    if (signature !== this.#signature) this.#changed();
    this.#lookLater();
  }

  /** One after the other: the file may change while it is read. */
  #readNext(): void {
    this.#reading = this.#reading.then(() => this.#read(false));
  }

  async #read(atStart: boolean): Promise<void> {
    if (this.#disposed) return;
    const signature = await policySignature(this.#path);
    // Of one save come several events.
    if (signature === this.#signature && this.#goneSince === undefined) return;
    this.#signature = signature;
    try {
      const settings = await readPolicyFile(this.#path);
      if (this.#disposed) return;
      if (!settings && !atStart && !this.#isGoneForGood()) return;
      this.#goneSince = undefined;
      this.#policy.accept(settings);
    } catch (error) {
      if (!(error instanceof PolicyFileError)) throw error;
      this.#goneSince = undefined;
      this.#policy.refuse(error, { atStart });
    }
  }

  #isGoneForGood(): boolean {
    this.#goneSince ??= performance.now();
    const left = this.#goneSince + this.#timings.goneMs - performance.now();
    if (left <= 0) return true;
    clearTimeout(this.#settle);
    this.#settle = setTimeout(() => this.#readNext(), left + 1).unref();
    return false;
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#watcher?.close();
    clearTimeout(this.#poll);
    clearTimeout(this.#settle);
  }
}
