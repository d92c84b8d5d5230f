import type { Activity } from '../daemon/activity.ts';
import type { BridgeState } from '../daemon/daemon.ts';
import type { PersonPause } from '../daemon/person-pause.ts';
import type { EngineRow } from '../engines/engine-rows.ts';
import type { BridgeView, PageSource } from './bridge-view.ts';

/** What does not change while the bridge runs. */
export type FixedFacts = Pick<BridgeView, 'program' | 'relay' | 'computer'>;

export interface LiveViewOptions {
  facts: FixedFacts;
  activity: Activity;
  /** What the policy allows, in words. */
  policy(): string[];
  /** How the engines are now. */
  engines(): EngineRow[];
  pause: PersonPause;
  /** By the person or by the policy: being offline is no trouble then. */
  isPaused(): boolean;
}

/** The running bridge as its page and its tray see it. */
export class LiveView implements PageSource {
  readonly #options: LiveViewOptions;
  readonly #listeners = new Set<() => void>();
  #state: BridgeState = 'connecting';
  #detail = '';
  #since = Date.now();

  constructor(options: LiveViewOptions) {
    this.#options = options;
    options.activity.listen(() => this.#tell());
  }

  /** The state or what is said about it changed. */
  changed(state: BridgeState, detail: string): void {
    if (state !== this.#state) this.#since = Date.now();
    else if (detail === this.#detail) return;
    this.#state = state;
    this.#detail = detail;
    const { isPaused, activity } = this.#options;
    if ((state === 'offline' || state === 'engine-down') && !isPaused()) activity.trouble(`${state}: ${detail}`);
    this.#tell();
  }

  view(): BridgeView {
    const { facts, activity, pause } = this.#options;
    return {
      ...facts,
      state: this.#state,
      detail: this.#detail,
      since: this.#since,
      pause: { isOn: pause.since !== undefined, since: pause.since?.getTime() },
      engines: this.#options.engines(),
      policy: this.#options.policy(),
      ...activity.view,
    };
  }

  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  pause(): void {
    this.#options.pause.pause();
    this.#tell();
  }

  resume(): void {
    this.#options.pause.resume();
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
