import { BridgeError } from '../bridge-error.ts';
import { failed, skipped, type Check, type CheckResult, type Facts, type Finding } from './check.ts';

/** Each waits for a server of its own less than this. */
const CHECK_TIMEOUT_MS = 10_000;
/** All of them together, but for those with a time of their own. */
const TOTAL_TIMEOUT_MS = 30_000;

/**
 * Starts each check as soon as those that it needs are done, independent ones at the same time. The results are in the
 * order of the checks; none rejects.
 */
export function runChecks(checks: readonly Check[], facts: Facts): Promise<CheckResult>[] {
  const results = new Map<string, Promise<CheckResult>>();
  const deadline = performance.now() + TOTAL_TIMEOUT_MS;
  for (const check of checks) results.set(check.id, runOne(check, facts, { earlier: results, deadline }));
  return [...results.values()];
}

async function runOne(
  check: Check,
  facts: Facts,
  { earlier, deadline }: { earlier: ReadonlyMap<string, Promise<CheckResult>>; deadline: number },
): Promise<CheckResult> {
  const { id, title, needs = [], after = [] } = check;
  // Looked up at once: only checks before this one in the list are there.
  const done = (ids: readonly string[]) => Promise.all(ids.flatMap((name) => earlier.get(name) ?? []));
  const [needed] = await Promise.all([done(needs), done(after)]);
  const missing = needed.find(({ status }) => status === 'failed' || status === 'skipped');
  if (missing) return { id, title, ...skipped(`not checked: first see "${missing.title}"`) };
  const timeoutMs = check.timeoutMs ?? Math.max(0, Math.min(CHECK_TIMEOUT_MS, deadline - performance.now()));
  const late = Promise.withResolvers<Finding>();
  const timer = setTimeout(() => late.resolve(failed('not done in time', ADVICE_LATE)), timeoutMs);
  try {
    return { id, title, ...(await Promise.race([check.run(facts), late.promise])) };
  } catch (error) {
    const advice = error instanceof BridgeError ? ADVICE_SAID : ADVICE_UNEXPECTED;
    return { id, title, ...failed(error instanceof Error ? error.message : String(error), advice) };
  } finally {
    clearTimeout(timer);
  }
}

const ADVICE_LATE = 'Try again; if it stays so, the network between here and there loses what is sent.';
/** Errors for the person say it themselves. */
const ADVICE_SAID = 'Mend what it says, then look again: cloudtolocalllm doctor';
const ADVICE_UNEXPECTED = 'Try again; if it stays so, write a report with: cloudtolocalllm doctor --report';
