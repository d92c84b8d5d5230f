import { styleText } from 'node:util';
import type { BridgeState } from '../daemon/daemon.ts';
import { type StateRecord, stateRecord, type StateRest } from '../daemon/state-record.ts';
import type { BridgeLog } from '../log/bridge-log.ts';
import { StateLog } from '../log/state-log.ts';
import { printable } from '../printable.ts';

const COLOURS: Record<BridgeState, 'green' | 'yellow' | 'red'> = {
  online: 'green',
  connecting: 'yellow',
  'engine-down': 'red',
  offline: 'red',
};

export interface StateTellerOptions {
  directory: string;
  log: BridgeLog;
  /** What is kept beside the state. */
  rest: () => StateRest;
}

/** Says each change of state on the output and in the log, and keeps it for `status` in another terminal. */
export class StateTeller implements Disposable {
  readonly #log: StateLog;
  readonly #record: StateRecord;
  #told = '';

  constructor({ directory, log, rest }: StateTellerOptions) {
    this.#log = new StateLog(log);
    this.#record = stateRecord(
      directory,
      rest,
      (error) => console.error(`Cannot keep the state for "status": ${(error as Error).message}`), // as: of the file system
    );
  }

  tell(state: BridgeState, detail: string): void {
    const line = `${styleText(COLOURS[state], state)}  ${printable(detail)}`;
    if (line !== this.#told) console.log((this.#told = line));
    this.#log.changed(state, detail);
    this.#record.changed(state, detail);
  }

  /** More or fewer requests run or wait. */
  countsChanged(): void {
    this.#record.countsChanged();
  }

  [Symbol.dispose](): void {
    this.#record.end();
  }
}
