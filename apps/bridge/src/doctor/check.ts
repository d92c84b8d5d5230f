import type { AuthConfig } from '@cloudtolocalllm/protocol';
import type { Account } from '../account.ts';
import type { BridgeConfig } from '../config.ts';
import type { RunningState } from '../daemon/state-file.ts';
import type { EngineFinding } from './probe-engines.ts';

/** What one look found. */
export interface Finding {
  status: 'ok' | 'warning' | 'failed' | 'skipped';
  /** What is so, in a sentence without a full stop. */
  found: string;
  /** What to do, when something is to be done. */
  advice?: string;
}

export interface Check {
  /** For scripts: it stays. */
  id: string;
  title: string;
  /** The ids of checks without which this one would only say the same in other words. */
  needs?: readonly string[];
  /** The ids of checks whose facts it wants, whatever they found. */
  after?: readonly string[];
  /** Undefined = CHECK_TIMEOUT_MS, and not after TOTAL_TIMEOUT_MS. */
  timeoutMs?: number;
  run(facts: Facts): Promise<Finding>;
}

export interface CheckResult extends Finding {
  id: string;
  title: string;
}

/** What earlier checks have learnt, for later ones. */
export interface Facts {
  readonly config: BridgeConfig;
  /** The state of the process that is up; undefined when none is. */
  readonly running: RunningState | undefined;
  /** The relay's origin. */
  relay?: string;
  account?: Account;
  auth?: AuthConfig;
  userId?: string;
  /** As the relay calls this person. */
  userName?: string | undefined;
  /** How far the relay's clock is ahead of this one. */
  clockAheadMs?: number;
  engines?: readonly EngineFinding[];
}

export const ok = (found: string): Finding => ({ status: 'ok', found });
export const warning = (found: string, advice: string): Finding => ({ status: 'warning', found, advice });
export const failed = (found: string, advice: string): Finding => ({ status: 'failed', found, advice });
export const skipped = (found: string, advice?: string): Finding => ({
  status: 'skipped',
  found,
  ...(advice && { advice }),
});
