// Runs the tests: `npm test`, `npm run test:unit`, `npm run test:e2e`, each with optional file names behind `--`.
import { glob } from 'node:fs/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { installEngine } from '../dev/engine/install.ts';
import { buildBridge } from '../dev/src/bridge-build.ts';
import { buildWeb } from '../dev/src/web-build.ts';
import { installPrerequisites } from './prerequisites.ts';

const UNIT = ['{packages,apps,dev,bench,scripts}/**/*.test.ts'];
const END_TO_END = ['e2e/**/*.test.ts'];
/** Of these, those that mostly wait (for networks, service managers, polls of a sign-in) run beside the others. */
const MOSTLY_WAITING = new Set(
  [
    'bridge-cli',
    'bridge-connect',
    'bridge-doctor',
    'bridge-engines',
    'bridge-network',
    'bridge-packages-executable',
    'bridge-page',
    'bridge-policy',
    'bridge-service',
    'bridge-soak',
    'bridge-tray',
    'docker-proxy',
  ].map((name) => `e2e/${name}.test.ts`),
);
const IGNORED = ['**/node_modules/**', '**/dist/**'];
/** A single file that takes longer hangs. */
const FILE_TIMEOUT_MS = 10 * 60_000;

const { values, positionals } = parseArgs({
  options: { unit: { type: 'boolean' }, e2e: { type: 'boolean' } },
  allowPositionals: true,
});
const both = !values.unit && !values.e2e;

async function filesOf(patterns: string[]): Promise<string[]> {
  const files: string[] = [];
  for await (const file of glob(patterns, { exclude: IGNORED })) files.push(file);
  return files.toSorted();
}

const unit = positionals.length === 0 && (both || values.unit) ? await filesOf(UNIT) : [];
const endToEnd = positionals.length > 0 ? positionals : both || values.e2e ? await filesOf(END_TO_END) : [];

const totals = { passed: 0, failed: 0, skipped: 0 };

function isForItsTests(error: Error): boolean {
  return 'failureType' in error && error.failureType === 'subtestsFailed';
}

/** Runs files and counts their tests; suites are not tests. What `isBeside` others is printed when all of it is over. */
async function runFiles(files: string[], concurrency: number, isBeside = false): Promise<void> {
  if (files.length === 0) return;
  const events = run({ files, concurrency, timeout: FILE_TIMEOUT_MS });
  events.on('test:pass', ({ skip, details }) => {
    // A suite that is skipped counts as one: its tests never come up.
    if (skip !== undefined) totals.skipped++;
    else if (details.type !== 'suite') totals.passed++;
  });
  events.on('test:fail', ({ details }) => {
    // Of a suite, only what is its own: a hook that failed, such as what ends its stack.
    if (details.type !== 'suite' || !isForItsTests(details.error)) totals.failed++;
  });
  const done = Promise.withResolvers<void>();
  const output = events.compose(spec);
  output.on('end', done.resolve).on('error', done.reject);
  if (isBeside) process.stdout.write(await text(output));
  else output.pipe(process.stdout, { end: false });
  await done.promise;
}

if (endToEnd.length > 0) {
  installPrerequisites();
  await Promise.all([installEngine(), buildWeb(), buildBridge()]);
}
await runFiles(unit, 2);
// One after the other: each brings up whole stacks and measures nothing, but two cores are few.
await Promise.all([
  runFiles(
    endToEnd.filter((file) => !MOSTLY_WAITING.has(file)),
    1,
  ),
  runFiles(
    endToEnd.filter((file) => MOSTLY_WAITING.has(file)),
    1,
    true,
  ),
]);
console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0;
