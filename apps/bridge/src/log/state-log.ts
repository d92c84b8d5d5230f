import type { BridgeState } from '../daemon/daemon.ts';
import type { BridgeLog } from './bridge-log.ts';

/** The states in the log. A relay that is away for a day is said once for each reason, not twice a minute. */
export class StateLog {
  readonly #log: Pick<BridgeLog, 'limited'>;
  #last = '';
  /** Tries since it went offline say nothing new. */
  #offline = false;

  constructor(log: Pick<BridgeLog, 'limited'>) {
    this.#log = log;
  }

  changed(state: BridgeState, detail: string): void {
    const message = `${state}: ${detail}`;
    const retries = state === 'connecting' && this.#offline;
    if (retries || message === this.#last) return;
    this.#last = message;
    this.#offline = state === 'offline';
    this.#log.limited('state', state === 'offline' || state === 'engine-down' ? 'warn' : 'info', message);
  }
}
