// `npm run soak`: the soak, then the fuzz tests with a seed of its own.
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { installPrerequisites } from '../../scripts/prerequisites.ts';
import { whyNoNetworks } from '../torture/lab-network.ts';
import { LONG_SCENARIOS, SCENARIOS } from '../torture/scenarios.ts';
import { tortureTable } from '../torture/table.ts';
import { torture } from '../torture/torture.ts';
import { bridgeSoak, FULL_BRIDGE_SOAK, holdingLine } from './bridge-soak.ts';
import { soak } from './soak.ts';
import { FULL } from './soak-options.ts';
import { summary } from './summary.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FUZZ = ['packages/**/*fuzz.test.ts', 'apps/**/*fuzz.test.ts'];
const SHOWN = 50;
const USAGE = `npm run soak -- [--users ${FULL.users}] [--bridges ${FULL.bridges}] [--seconds ${FULL.seconds}] [--no-fuzz]
npm run soak -- --bridge [--cuts ${FULL_BRIDGE_SOAK.cuts}]   one bridge, cut off again and again: what it loses and holds
npm run soak -- --network        bad networks and what comes of them: prints a table; Linux, as root

SEED=<number> in the environment repeats a plan.`;

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: String(FULL.users) },
    bridges: { type: 'string', default: String(FULL.bridges) },
    seconds: { type: 'string', default: String(FULL.seconds) },
    bridge: { type: 'boolean', default: false },
    cuts: { type: 'string', default: String(FULL_BRIDGE_SOAK.cuts) },
    network: { type: 'boolean', default: false },
    'no-fuzz': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const [users, bridges, seconds, cuts] = [values.users, values.bridges, values.seconds, values.cuts].map(Number) as [
  number,
  number,
  number,
  number,
]; // as: four of them
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));

if (values.help || ![users, bridges, seconds, cuts, seed].every((value) => Number.isInteger(value) && value > 0)) {
  console.error(USAGE);
  process.exitCode = values.help ? 0 : 2;
} else if (values.bridge) {
  if (!(await cutOff())) process.exitCode = 1;
} else if (values.network) {
  if (!(await tortured())) process.exitCode = 1;
} else {
  console.log(`SEED=${seed}`);
  const isWhole = (await soaked()) && (values['no-fuzz'] || fuzzed());
  console.log(isWhole ? '\nNothing was lost.' : `\nFailed with SEED=${seed}`);
  if (!isWhole) process.exitCode = 1;
}

async function soaked(): Promise<boolean> {
  installPrerequisites();
  const report = await soak({ ...FULL, users, bridges, seconds, seed }, timed());
  console.log(`\n${summary(report)}\n`);
  for (const problem of report.problems.slice(0, SHOWN)) console.log(problem);
  if (report.problems.length > SHOWN) console.log(`and ${report.problems.length - SHOWN} more`);
  return report.problems.length === 0 && report.ledger.chats.length > 0 && report.ledger.queued.length > 0;
}

/** One bridge for twenty minutes. */
async function cutOff(): Promise<boolean> {
  const report = await bridgeSoak({ ...FULL_BRIDGE_SOAK, cuts }, timed());
  const [first, last] = [report.holdings[0], report.holdings.at(-1)];
  console.log(`\n${report.cuts} cuts, ${report.answers} answers whole, ${report.problems.length} problems`);
  if (first && last) console.log(`from${holdingLine(first)}\n  to${holdingLine(last)}`);
  for (const problem of report.problems.slice(0, SHOWN)) console.log(problem);
  return report.problems.length === 0 && report.answers > 0;
}

/** All that is done to a network, and what a test has no time for. */
async function tortured(): Promise<boolean> {
  const why = whyNoNetworks();
  if (why !== undefined) {
    console.error(`Cannot make bad networks: ${why}`);
    return false;
  }
  const rows = await torture([...SCENARIOS, ...LONG_SCENARIOS], timed());
  console.log(`\n${tortureTable(rows)}`);
  for (const { name, problems } of rows) for (const problem of problems) console.log(`${name}: ${problem}`);
  return rows.every(({ problems }) => problems.length === 0);
}

function timed(): (text: string) => void {
  const since = performance.now();
  return (text) => console.log(`${((performance.now() - since) / 1000).toFixed(0).padStart(5)} s  ${text}`);
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
