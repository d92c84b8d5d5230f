// `npm run soak`: the soak, then the fuzz tests with a seed of its own.
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { installPrerequisites } from '../../scripts/prerequisites.ts';
import { soak } from './soak.ts';
import { FULL } from './soak-options.ts';
import { summary } from './summary.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FUZZ = ['packages/**/*fuzz.test.ts', 'apps/**/*fuzz.test.ts'];
const SHOWN = 50;
const USAGE = `npm run soak -- [--users ${FULL.users}] [--bridges ${FULL.bridges}] [--seconds ${FULL.seconds}] [--no-fuzz]

SEED=<number> in the environment repeats a plan.`;

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: String(FULL.users) },
    bridges: { type: 'string', default: String(FULL.bridges) },
    seconds: { type: 'string', default: String(FULL.seconds) },
    'no-fuzz': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const [users, bridges, seconds] = [values.users, values.bridges, values.seconds].map(Number) as [
  number,
  number,
  number,
]; // as: three of them
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));

if (values.help || ![users, bridges, seconds, seed].every((value) => Number.isInteger(value) && value > 0)) {
  console.error(USAGE);
  process.exitCode = values.help ? 0 : 2;
} else {
  console.log(`SEED=${seed}`);
  const isWhole = (await soaked()) && (values['no-fuzz'] || fuzzed());
  console.log(isWhole ? '\nNothing was lost.' : `\nFailed with SEED=${seed}`);
  if (!isWhole) process.exitCode = 1;
}

async function soaked(): Promise<boolean> {
  installPrerequisites();
  const since = performance.now();
  const report = await soak({ ...FULL, users, bridges, seconds, seed }, (text) =>
    console.log(`${((performance.now() - since) / 1000).toFixed(0).padStart(5)} s  ${text}`),
  );
  console.log(`\n${summary(report)}\n`);
  for (const problem of report.problems.slice(0, SHOWN)) console.log(problem);
  if (report.problems.length > SHOWN) console.log(`and ${report.problems.length - SHOWN} more`);
  return report.problems.length === 0 && report.ledger.chats.length > 0 && report.ledger.queued.length > 0;
}

/** The fuzz tests, with other cases each time. */
function fuzzed(): boolean {
  const files = globSync(FUZZ, { cwd: ROOT, exclude: ['**/node_modules/**'] });
  console.log(`fuzzing: ${files.join(', ')}`);
  const { status } = spawnSync(process.execPath, ['--test', '--test-concurrency=1', ...files], {
    cwd: ROOT,
    env: { ...process.env, SEED: String(seed) },
    stdio: 'inherit',
  });
  return status === 0;
}
