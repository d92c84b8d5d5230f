import type { BridgeState } from './daemon.ts';
import { clearState, type RunningState, writeState } from './state-file.ts';

/** How often counts of running and waiting requests are written, which change all the time. */
const COUNTS_MS = 1_000;

export type StateRest = Pick<RunningState, 'engine' | 'engines' | 'mayManageModels' | 'policy'>;

export interface StateRecord {
  changed(state: BridgeState, detail: string): void;
  /** More or fewer requests run or wait. */
  countsChanged(): void;
  /** The process ends. */
  end(): void;
}

/**
 * Keeps the state file of the process that is up; `rest` is what is to stand there beside the state, `trouble` is told
 * once when it cannot be written.
 */
export function stateRecord(directory: string, rest: () => StateRest, trouble: (error: unknown) => void): StateRecord {
  let last: { state: BridgeState; detail: string; since: string } | undefined;
  let isUntold = false;
  let timer: NodeJS.Timeout | undefined;
  const write = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (last === undefined) return;
    try {
      writeState(directory, { pid: process.pid, ...last, ...rest() });
    } catch (error) {
      // Only `status` misses it: a full disk is no reason to go offline.
      if (!isUntold) trouble(error);
      isUntold = true;
    }
  };
  return {
    changed(state, detail) {
      last = { state, detail, since: new Date().toISOString() };
      write();
    },
    countsChanged: () => void (timer ??= setTimeout(write, COUNTS_MS).unref()),
    end() {
      clearTimeout(timer);
      clearState(directory);
    },
  };
}
