import type { RequestRecord } from '../daemon/observed-request.ts';
import type { Totals, Trouble } from '../daemon/activity.ts';
import type { EngineRow } from '../engines/engine-rows.ts';
import type { BridgeState } from '../daemon/daemon.ts';

/** All that the status page and the tray know of the running bridge: `GET /api/state`. No secret is in it. */
export interface BridgeView {
  program: { version: string; pid: number; profile: string };
  state: BridgeState;
  /** The state in words. */
  detail: string;
  /** When the state began, in ms since 1970. */
  since: number;
  /** The person's own switch. `since` in ms since 1970. */
  pause: { isOn: boolean; since: number | undefined };
  relay: string;
  /** What this computer is called at the relay. */
  computer: string;
  engines: EngineRow[];
  /** In sentences. */
  policy: string[];
  /** Requests that run: the oldest first. */
  now: RequestRecord[];
  /** Requests that have ended: the newest first, up to 100. */
  lately: RequestRecord[];
  totals: Totals;
  /** What went wrong beyond one request: the newest first, up to 20. */
  troubles: Trouble[];
}

/** What the page shows and does. */
export interface PageSource {
  view(): BridgeView;
  /** Calls back when the view has changed; returns what ends that. */
  listen(listener: () => void): () => void;
  /** Throws when the switch can't be kept. */
  pause(): void;
  /** Throws as above. */
  resume(): void;
}
