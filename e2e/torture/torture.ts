import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../support/test-stack.ts';
import { DelayProxy } from './delay-proxy.ts';
import { Home, TOKENS_PER_SECOND } from './home.ts';
import { LabNetwork } from './lab-network.ts';
import { LabRelay } from './lab-relay.ts';
import { processLife } from './process-life.ts';
import type { Scenario } from './scenarios.ts';

/** "Within seconds": the longest that anything may take from the moment when it could be back. */
const BACK_MS = 45_000;

/** What one scenario did, times in seconds. */
export interface TortureRow {
  name: string;
  /** From the beginning of the harm; undefined: it did not have to be noticed, and was not. */
  bridgeNoticed: number | undefined;
  relayNoticed: number | undefined;
  /** From its end until bridge, state file and relay say that all is well, and until the answer went on. */
  back: number;
  answerWentOn: number | undefined;
  /** Attempts to connect from its beginning until it was back. */
  attempts: number;
  /** What the bridge used of a core meanwhile, in percent. */
  cpuPercent: number;
  openFiles: [before: number, after: number];
  problems: string[];
}

/** Homes that start at the same time: two cores are few. */
const STARTS = 3;

/**
 * Does all this: each list to a home of its own, one after the other, and the homes at the same time, as they mostly wait.
 * Says to `tell` what becomes of each.
 */
export async function torture(
  homes: readonly (readonly Scenario[])[],
  tell: (text: string) => void = () => {},
): Promise<TortureRow[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'c2l-torture-'));
  try {
    await using network = await LabNetwork.create();
    await using relay = await LabRelay.start(join(dataDir, 'relay'), network.relayAddress);
    const starts = new Turns(STARTS);
    const run = async (scenarios: readonly Scenario[], index: number): Promise<TortureRow[]> => {
      await using lab = new AsyncDisposableStack();
      const folder = join(dataDir, String(index));
      const home = await starts.take(() =>
        startHome(lab, { network, relay, folder, name: `home-${index}` }, scenarios),
      );
      const rows: TortureRow[] = [];
      for (const scenario of scenarios) {
        const row = await suffer(home, scenario);
        if (row.problems.length > 0) row.problems.push(await readFile(join(folder, 'bridge.log'), 'utf8'));
        tell(`${scenario.name}: ${row.problems[0] ?? `back after ${row.back.toFixed(1)} s`}`);
        rows.push(row);
      }
      return rows;
    };
    const rows: TortureRow[] = [];
    for (const result of await Promise.allSettled(homes.map(run))) {
      if (result.status === 'rejected') throw result.reason;
      rows.push(...result.value);
    }
    return rows;
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

interface Place {
  network: LabNetwork;
  /** The one that all share. */
  relay: LabRelay;
  folder: string;
  name: string;
}

/** A home and what its scenarios need beside it. */
async function startHome(
  lab: AsyncDisposableStack,
  { network, relay: shared, folder, name }: Place,
  scenarios: readonly Scenario[],
): Promise<Home> {
  const { relayAddress, proxyAddress } = network;
  const delayMs = scenarios[0]?.delayMs;
  const isOwn = scenarios.some(({ ownRelay }) => ownRelay);
  const relay = isOwn ? lab.use(await LabRelay.start(join(folder, 'relay'), relayAddress)) : shared;
  if (delayMs !== undefined) lab.use(await DelayProxy.start(proxyAddress, relayAddress, relay.port, delayMs));
  const homeNetwork = await network.addHome(delayMs === undefined ? relayAddress : proxyAddress);
  return lab.use(await Home.start({ name, network: homeNetwork, relay, dataDir: folder }));
}

/** Lets a few work at a time. */
class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async take<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}

async function suffer(home: Home, scenario: Scenario): Promise<TortureRow> {
  const relayStates = home.relay.states(home.name);
  const answer = await home.ask(scenario.answerSeconds * TOKENS_PER_SECOND);
  const begun = performance.now();
  const before = { ...processLife(home.pid), pid: home.pid };
  const problems: string[] = [];
  await scenario.harm(home);
  const over = performance.now();
  const isBack = (): boolean => {
    if (scenario.bridgeSays && home.states.first(begun, (state) => scenario.bridgeSays!.test(state)) === undefined)
      return false;
    if (scenario.relaySays && relayStates.first(begun, (state) => scenario.relaySays!.test(state)) === undefined)
      return false;
    return home.isOnline && (scenario.answer === 'ended' || answer.firstAfter(over) !== undefined);
  };
  await until(`${scenario.name}: it is back`, BACK_MS, isBack).catch((error: Error) => problems.push(error.message));
  const back = performance.now();
  const after = processLife(home.pid);
  // A process that was started meanwhile has used all of its time since.
  const usedBefore = home.pid === before.pid ? before.cpuMs : 0;
  const noticed = (at: number | undefined): number | undefined => at && (at - begun) / 1000;
  const ending = await answer.ended;
  if ((ending === 'done') !== (scenario.answer === 'resumed')) problems.push(`the answer: ${ending}`);
  const fault = answer.fault(ending);
  if (fault !== undefined) problems.push(fault);
  await scenario.after?.(home).catch((error: Error) => problems.push(error.message));
  const wentOn = answer.firstAfter(over);
  return {
    name: scenario.name,
    bridgeNoticed: noticed(home.states.first(begun, (state) => (scenario.bridgeSays ?? /^(?!online)/).test(state))),
    relayNoticed: noticed(relayStates.first(begun, (state) => (scenario.relaySays ?? /^disconnected/).test(state))),
    back: (back - over) / 1000,
    answerWentOn: wentOn === undefined || scenario.answer === 'ended' ? undefined : (wentOn - over) / 1000,
    attempts: home.states.count(begun, 'connecting'),
    cpuPercent: ((after.cpuMs - usedBefore) / (back - begun)) * 100,
    openFiles: [before.openFiles, processLife(home.pid).openFiles],
    problems,
  };
}
