/** Asks a process with `collect-on-signal.ts` to collect its garbage. Neither Node nor the relay uses this signal. */
export const COLLECT_SIGNAL = 'SIGUSR2';

/** What it writes when it has collected this many times in all. */
export function collected(times: number): string {
  return `bench: garbage collected, ${times} in all\n`;
}
