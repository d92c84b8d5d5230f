import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkAnswers } from './answer-counts.ts';
import { type AgainstArguments, readAgainstArguments, USAGE } from './against-arguments.ts';
import { type Change, judge, orderOf, TOLERANCE } from './change.ts';
import { openCheckout, OWN_DIRECTORY } from './checkout.ts';
import type { ClientCalls } from './client.ts';
import type { FakeOllamaCalls } from './fake-ollama.ts';
import { type Bed, type Contestant, FRESH_FIGURES } from './fresh-figures.ts';
import { RAISED_LIMITS } from './raised-limits.ts';
import { expectNoneRefused } from './refused-in-log.ts';
import { RemoteProcess } from './remote-process.ts';
import { type FigureKinds, type Figures, RUNNING_FIGURES, toSide } from './running-figures.ts';

type SideName = 'before' | 'now';

/** Runs a measurement on both sides in turns; one that breaks is reported and does not keep the others from running. */
class Changes {
  readonly changes: Change[] = [];
  readonly errors: string[] = [];

  async add(
    name: string,
    kinds: FigureKinds,
    { from, to }: { from: number; to: number },
    run: (side: SideName) => Promise<Figures>,
  ): Promise<void> {
    console.error(`${name} …`);
    const results: Record<SideName, Figures[]> = { before: [], now: [] };
    try {
      for (let round = from; round < to; round++) {
        for (const side of orderOf(Math.abs(round))) {
          const figures = await run(side);
          if (round >= 0) results[side].push(figures);
        }
      }
    } catch (error) {
      this.errors.push(`${name}: ${(error as Error).stack}`);
      return;
    }
    for (const [figure, [unit, better]] of Object.entries(kinds)) {
      const pick = (side: SideName): number[] => results[side].map((result) => result[figure] ?? NaN);
      this.changes.push({ name: figure, unit, better, before: pick('before'), now: pick('now') });
    }
  }
}

interface Plan {
  asked: AgainstArguments;
  contestants: Record<SideName, Contestant>;
  /** Of answers from before there were limits. */
  limitsBefore: boolean;
  bed: Bed;
}

/** What is measured on a relay and a bridge of each side that run all the time. */
async function compareRunning({ asked, contestants, limitsBefore, bed }: Plan, changes: Changes): Promise<void> {
  const { client, engineUrl, dataDir } = bed;
  const start = ({ checkout, relayEnv }: Contestant, name: SideName) =>
    checkout.Stack.start({ dataDir: join(dataDir, name), engine: engineUrl, relayEnv });
  await using before = await start(contestants.before, 'before');
  await using now = await start(contestants.now, 'now');
  for (const [name, { figures, run }] of Object.entries(RUNNING_FIGURES)) {
    if (!asked.chosen.has(name)) continue;
    const sides = { before: await toSide(before), now: await toSide(now) };
    // The first round warms both up.
    await changes.add(name, figures, { from: -1, to: asked.rounds }, async (side) => {
      const result = await run(client, sides[side], asked.scale);
      const counts = await client.call('takeCounts', sides[side].relay.origin);
      checkAnswers(counts, { expectLimits: side === 'now' || limitsBefore });
      return result;
    });
  }
}

/** What is measured on processes that have just started. */
async function compareFresh({ asked, contestants, bed }: Plan, changes: Changes): Promise<void> {
  let runs = 0;
  for (const [name, { figures, run }] of Object.entries(FRESH_FIGURES)) {
    if (!asked.chosen.has(name)) continue;
    await changes.add(name, figures, { from: 0, to: asked.freshRounds }, async (side) =>
      run(contestants[side], { ...bed, dataDir: join(bed.dataDir, `fresh-${++runs}`) }),
    );
  }
}

async function compare(asked: AgainstArguments, dataDir: string): Promise<Changes> {
  const { directory, settings, chosen } = asked;
  const own = await openCheckout(OWN_DIRECTORY);
  const now: Contestant = { checkout: own, relayEnv: { LOG_LEVEL: 'info', ...RAISED_LIMITS } };
  const before: Contestant =
    directory === undefined
      ? { checkout: own, relayEnv: { ...now.relayEnv, LOG_LEVEL: 'silent' } }
      : { checkout: await openCheckout(directory), relayEnv: now.relayEnv };
  await using engine = new RemoteProcess<FakeOllamaCalls>(new URL('fake-ollama.ts', import.meta.url));
  await using client = new RemoteProcess<ClientCalls>(new URL('client.ts', import.meta.url));
  const engineUrl = new URL(`http://127.0.0.1:${await engine.call('listen')}`);
  const bed = { client, engine, engineUrl, settings, dataDir };
  const plan = { asked, contestants: { before, now }, limitsBefore: directory === undefined, bed };
  const changes = new Changes();
  if (Object.keys(RUNNING_FIGURES).some((name) => chosen.has(name))) {
    await compareRunning(plan, changes);
    for (const side of ['before', 'now']) await expectNoneRefused(join(dataDir, side, 'logs/relay.log'));
  }
  await compareFresh(plan, changes);
  return changes;
}

function line(change: Change): string {
  const { before, now, ratio, spread, isWorse } = judge(change);
  const figures = [before, now, ratio].map((value) => String(Number(value.toPrecision(3))).padStart(9)).join('');
  const noise = (Number.isNaN(spread) ? '' : `± ${Math.round((spread / 2) * 100)} %`).padStart(8);
  return `${change.name.padEnd(52)}${figures}${noise}  ${change.unit.padEnd(11)} ${isWorse ? 'worse' : 'ok'}`;
}

async function main(): Promise<void> {
  const asked = readAgainstArguments(process.argv.slice(2));
  if (asked === undefined) {
    console.error(USAGE);
    process.exitCode = 2;
    return;
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'c2l-bench-'));
  try {
    const { changes, errors } = await compare(asked, dataDir);
    console.log(`${''.padEnd(52)}${['before', 'now', 'ratio'].map((text) => text.padStart(9)).join('')}   spread`);
    for (const change of changes) console.log(line(change));
    console.log(
      `\nMedians of ${asked.rounds} rounds in turns (${asked.freshRounds} on fresh processes); ` +
        `worse = by more than ${TOLERANCE * 100} %; spread = of the rounds of "before".`,
    );
    for (const error of errors) console.error(error);
    if (errors.length > 0) process.exitCode = 1;
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

await main();
