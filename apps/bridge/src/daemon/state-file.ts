import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { engineRow } from '../engines/engine-rows.ts';
import { policyReport } from '../policy/policy-report.ts';

const state = z.object({
  pid: z.int(),
  state: z.enum(['offline', 'connecting', 'online', 'engine-down']),
  detail: z.string(),
  /** The addresses of those that there are. */
  engine: z.string(),
  engines: z.array(engineRow).optional(),
  /** Absent: written by an older version, which never allowed it. */
  mayManageModels: z.boolean().optional(),
  /** Absent: written by another version. */
  policy: policyReport.optional().catch(undefined),
  since: z.string(),
});
export type RunningState = z.infer<typeof state>;

const FILE = 'state.json';

/** What `up` is doing, for `status` in another terminal. Written rarely and small, hence synchronously. */
export function writeState(directory: string, value: RunningState): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, FILE);
  writeFileSync(`${path}.new`, JSON.stringify(value), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Removes the state, unless another process has written its own meanwhile. */
export function clearState(directory: string): void {
  if (readState(directory)?.pid === process.pid) rmSync(join(directory, FILE), { force: true });
}

/** The state of the process that is up; undefined when there is none. */
export function readState(directory: string): RunningState | undefined {
  try {
    const value = state.parse(JSON.parse(readFileSync(join(directory, FILE), 'utf8')));
    process.kill(value.pid, 0); // throws when that process is gone
    return value;
  } catch {
    return undefined;
  }
}
