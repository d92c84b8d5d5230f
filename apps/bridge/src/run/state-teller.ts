import { styleText } from 'node:util';
import type { BridgeState } from '../daemon/daemon.ts';
import { clearState, writeState } from '../daemon/state-file.ts';
import type { BridgeLog } from '../log/bridge-log.ts';
import { StateLog } from '../log/state-log.ts';
import type { LivePolicy } from '../policy/live-policy.ts';
import { printable } from '../printable.ts';

const COLOURS: Record<BridgeState, 'green' | 'yellow' | 'red'> = {
  online: 'green',
  connecting: 'yellow',
  'engine-down': 'red',
  offline: 'red',
};

export interface StateTellerOptions {
  directory: string;
  policy: Pick<LivePolicy, 'mayManageModels' | 'report'>;
  log: BridgeLog;
  /** What answers, in a few words. */
  engine: () => string;
}

/** Says each change of state on the output, and keeps it for `status` in another terminal. */
export class StateTeller implements Disposable {
  readonly #options: StateTellerOptions;
  readonly #log: StateLog;
  #last: { state: BridgeState; detail: string } | undefined;
  #told = '';
  #saidThatItIsNotKept = false;

  constructor(options: StateTellerOptions) {
    this.#options = options;
    this.#log = new StateLog(options.log);
  }

  tell(state: BridgeState, detail: string): void {
    this.#last = { state, detail };
    const line = `${styleText(COLOURS[state], state)}  ${printable(detail)}`;
    if (line !== this.#told) console.log((this.#told = line));
    this.#log.changed(state, detail);
    this.#keep(state, detail);
  }

  /** The policy changed, and so may what is said of the state. */
  tellAgain(): void {
    if (this.#last) this.tell(this.#last.state, this.#last.detail);
  }

  #keep(state: BridgeState, detail: string): void {
    const { directory, policy, engine } = this.#options;
    try {
      writeState(directory, {
        pid: process.pid,
        state,
        detail,
        engine: engine(),
        mayManageModels: policy.mayManageModels,
        policy: policy.report,
        since: new Date().toISOString(),
      });
    } catch (error) {
      // Only `status` misses it: a full disk is no reason to go offline.
      if (!this.#saidThatItIsNotKept) console.error(`Cannot keep the state for "status": ${(error as Error).message}`);
      this.#saidThatItIsNotKept = true;
    }
  }

  [Symbol.dispose](): void {
    clearState(this.#options.directory);
  }
}
