import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '@cloudtolocalllm/protocol/testing/seeded-random.ts';
import { createClient } from '@cloudtolocalllm/sdk';
import { RAISED_LIMITS } from '../../bench/src/raised-limits.ts';
import { RemoteProcess } from '../../bench/src/remote-process.ts';
import { freePort } from '../../dev/src/free-port.ts';
import { Stack } from '../../dev/src/stack.ts';
import { Auth0LikeIssuer } from '../support/auth0-like-issuer.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import type { FleetCalls } from './bridge-fleet.ts';
import { doHarm } from './chaos.ts';
import { Ledger } from './ledger.ts';
import type { SoakOptions } from './soak-options.ts';
import { SoakUser } from './soak-user.ts';
import { verify, type Verdict } from './verify.ts';

/** The relay's levels: 50 = error, 60 = fatal. */
const ERROR_LEVEL = 50;

export interface SoakReport extends Verdict {
  ledger: Ledger;
  cuts: { bridges: number; clients: number; naps: number; kills: number };
  /** Questions that the engine was asked, and those that it was asked more than once. */
  asked: { questions: number; again: number };
}

/**
 * People with several computers each ask and listen while sockets are cut, bridges sleep and the relay is killed; then
 * all that was promised is held against the database. `progress` is told what happens.
 */
export async function soak(options: SoakOptions, progress: (text: string) => void = () => {}): Promise<SoakReport> {
  const directory = await mkdtemp(join(tmpdir(), 'c2l-soak-'));
  try {
    return await run(options, directory, progress);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function run(options: SoakOptions, directory: string, progress: (text: string) => void): Promise<SoakReport> {
  const random = new Random(options.seed);
  const port = (await freePort())!; // some port is free
  await using issuer = await Auth0LikeIssuer.start(`http://localhost:${port}`);
  await using bridgeProxy = await TcpProxy.start(() => port);
  await using clientProxy = await TcpProxy.start(() => port);
  await using stack = await Stack.start({
    engine: 'demo',
    engineArgs: ['--tokens-per-second', String(options.tokensPerSecond)],
    bridge: false,
    port,
    dataDir: directory,
    // Bridges connect where the relay says that it is.
    publicUrl: `http://localhost:${bridgeProxy.port}`,
    relayEnv: { ...RAISED_LIMITS, AUTH_ISSUER: issuer.url, LOG_LEVEL: 'info' },
  });
  await using fleet = new RemoteProcess<FleetCalls>(new URL('bridge-fleet.ts', import.meta.url));
  await fleet.call('begin', stack.engine.url.origin);
  const ledger = new Ledger();

  progress(`${options.users} users with ${options.bridges} bridges each`);
  const users = [];
  const bridgesOf: number[][] = [];
  for (let number = 0; number < options.users; number++) {
    const token = await issuer.token({ sub: `auth0|user-${number}` });
    const bridge = { directory: join(directory, 'bridges'), relay: stack.publicUrl, issuer: issuer.url, token };
    const names = Array.from({ length: options.bridges }, (_, index) => `user-${number}-bridge-${index}`);
    bridgesOf.push(await Promise.all(names.map((name) => fleet.call('add', { ...bridge, name }))));
    const client = createClient({
      baseUrl: `http://localhost:${clientProxy.port}`,
      token: () => token,
      fetch: ledger.fetch,
    });
    const bridgeIds = (await client.bridges.list()).map(({ bridgeId }) => bridgeId);
    const { pauseMs } = options;
    users.push(
      new SoakUser({ number, client, bridgeIds, ledger, random: new Random(options.seed + number + 1), pauseMs }),
    );
  }

  progress(`asking for ${options.seconds} s`);
  const asking = AbortSignal.timeout(options.seconds * 1000);
  const patience = AbortSignal.timeout((options.seconds + options.settleSeconds) * 1000);
  let kills = 0;
  const restartRelay = async (): Promise<void> => {
    progress('killing the relay');
    await stack.relay.kill();
    kills++;
    await sleep(random.below(1500));
    await stack.startRelay();
  };
  const harm = doHarm({ ...options, random, bridgeProxy, clientProxy, fleet, bridgesOf, restartRelay }, asking);
  const [{ naps }] = await Promise.all([harm, ...users.map((user) => user.run(asking, patience))]);
  progress('comparing');

  const { asked: counts, faults } = await fleet.call('report');
  const asked = new Map(counts);
  // Stopped, so that all is in the file.
  await stack.relay.stop();
  const verdict = verify(join(directory, 'relay.db'), ledger, asked);
  verdict.problems.push(...ledger.problems, ...faults.map((fault) => `a bridge: ${fault}`));
  verdict.problems.push(...(await faultsIn(join(directory, 'logs/relay.log'))));
  for (const status of [429, 500]) {
    const times = ledger.statuses.get(status);
    if (times !== undefined) verdict.problems.push(`the relay answered ${status} ${times} times`);
  }
  return {
    ...verdict,
    ledger,
    cuts: { bridges: bridgeProxy.cuts, clients: clientProxy.cuts, naps, kills },
    asked: { questions: asked.size, again: [...asked.values()].filter((times) => times > 1).length },
  };
}

/** What the relay says is its own fault. */
async function faultsIn(log: string): Promise<string[]> {
  const lines = (await readFile(log, 'utf8')).split('\n').filter((line) => line.startsWith('{'));
  return lines.flatMap((line) => {
    const { level, msg, err } = parseLine(line);
    return level !== undefined && level >= ERROR_LEVEL ? [`the relay's log: ${msg}: ${err?.stack ?? ''}`] : [];
  });
}

function parseLine(line: string): { level?: number; msg?: string; err?: { stack?: string } } {
  try {
    return JSON.parse(line) as { level?: number; msg?: string; err?: { stack?: string } }; // as: pino's lines
  } catch {
    return {}; // the last line of a killed relay
  }
}
