import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildNpmPackage } from '../../apps/bridge/build/npm-package.ts';
import { Stack } from '../../dev/src/stack.ts';
import { checkAnswers } from './answer-counts.ts';
import type { ClientCalls } from './client.ts';
import type { FakeOllamaCalls } from './fake-ollama.ts';
import { bridgeIdle } from './measurements/bridge-idle.ts';
import { bulk } from './measurements/bulk.ts';
import { chatLists } from './measurements/chat-lists.ts';
import { firstToken } from './measurements/first-token.ts';
import { gateway } from './measurements/gateway.ts';
import { idle } from './measurements/idle.ts';
import { paced } from './measurements/paced.ts';
import { manyProxies, proxied } from './measurements/proxied.ts';
import { saturation } from './measurements/saturation.ts';
import { stalled } from './measurements/stalled.ts';
import { webFrames } from './measurements/web-frames.ts';
import { processUsage } from './process-usage.ts';
import { RAISED_LIMITS } from './raised-limits.ts';
import { expectNoneRefused } from './refused-in-log.ts';
import { RemoteProcess } from './remote-process.ts';
import { valueRow, type Row } from './row.ts';
import { FULL, QUICK, type Settings } from './settings.ts';
import { table } from './table.ts';

const MB = 1024 * 1024;
const PLAIN_RELAY = new URL('plain-relay.ts', import.meta.url).pathname;
const RESULTS = new URL('../results/', import.meta.url);
const PATH = { ttft: firstToken, paced, saturation, bulk, stalled, gateway, proxied, proxies: manyProxies };
const ALL = [...Object.keys(PATH), 'idle', 'bridge-idle', 'chat-lists', 'web'];

const USAGE = `npm run bench -- [--only ${ALL.join(',')}] [--rounds N] [--quick]
                 [--bridge-main FILE: another bridge for bridge-idle than the npm package, which it builds]`;

/** Collects rows; a measurement that breaks is reported and does not keep the others from running. */
class Results {
  readonly rows: Row[] = [];
  readonly errors: string[] = [];

  async add(name: string, measure: () => Promise<Row[]>): Promise<void> {
    console.error(`${name} …`);
    try {
      this.rows.push(...(await measure()));
    } catch (error) {
      this.errors.push(`${name}: ${(error as Error).stack}`);
    }
  }
}

/** Runs the measurements of the path on one stack, one after another. */
async function measurePath(
  settings: Settings,
  chosen: ReadonlySet<string>,
  dataDir: string,
  results: Results,
): Promise<void> {
  await using engine = new RemoteProcess<FakeOllamaCalls>(new URL('fake-ollama.ts', import.meta.url));
  await using client = new RemoteProcess<ClientCalls>(new URL('client.ts', import.meta.url));
  const origin = `http://127.0.0.1:${await engine.call('listen')}`;
  await using stack = await Stack.start({
    dataDir,
    engine: new URL(origin),
    relayMain: PLAIN_RELAY,
    relayEnv: { ...RAISED_LIMITS },
  });
  const [relayPid, bridgePid] = [stack.relay.process.pid!, stack.bridge!.process.pid!]; // they run
  const resident = (when: string) => async (): Promise<Row[]> => [
    valueRow(`resident memory of the relay, ${when}`, 'MB', processUsage(relayPid).residentBytes / MB),
    valueRow(`resident memory of the bridge, ${when}`, 'MB', processUsage(bridgePid).residentBytes / MB),
  ];
  await results.add('memory', resident('at the start'));
  for (const [name, measure] of Object.entries(PATH)) {
    if (!chosen.has(name)) continue;
    await results.add(name, async () => {
      const { accessToken } = await stack.tokens(); // one lives shorter than the bench may take
      const through = { origin: stack.url, prefix: '/ollama', headers: { authorization: `Bearer ${accessToken}` } };
      const direct = { origin, prefix: '', headers: {} };
      const rows = await measure({ client, engine, direct, through, relayPid, bridgePid, settings });
      checkAnswers(await client.call('takeCounts', stack.url), { expectLimits: true });
      return rows;
    });
  }
  await results.add('memory', resident('at the end'));
}

async function save(settings: Settings, { rows, errors }: Results, loadBefore: readonly number[]): Promise<string> {
  const at = new Date().toISOString();
  const machine = { cpus: cpus().length, model: cpus()[0]?.model, node: process.version, loadBefore };
  const file = new URL(`${at.replaceAll(':', '-')}.json`, RESULTS);
  await mkdir(RESULTS, { recursive: true });
  await writeFile(file, `${JSON.stringify({ at, machine, settings, rows, errors }, undefined, 2)}\n`);
  return file.pathname;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      rounds: { type: 'string' },
      quick: { type: 'boolean' },
      'bridge-main': { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  const chosen = new Set(values.only?.split(',') ?? ALL);
  const rounds = Number(values.rounds ?? (values.quick ? QUICK : FULL).rounds);
  if (values.help || ![...chosen].every((name) => ALL.includes(name)) || !(Number.isInteger(rounds) && rounds > 0)) {
    console.error(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const settings = { ...(values.quick ? QUICK : FULL), rounds };
  const loadBefore = loadavg();
  console.error(`load before: ${loadBefore.map((load) => load.toFixed(2)).join(' ')} on ${cpus().length} cores`);
  const dataDir = await mkdtemp(join(tmpdir(), 'c2l-bench-'));
  try {
    const results = new Results();
    if (Object.keys(PATH).some((name) => chosen.has(name))) {
      const path = join(dataDir, 'path');
      await measurePath(settings, chosen, path, results);
      await results.add("the relay's log", async () => {
        await expectNoneRefused(join(path, 'logs/relay.log'));
        return [];
      });
    }
    if (chosen.has('idle')) {
      await results.add('idle', () => idle(settings, join(dataDir, 'plain'), false));
      await results.add('idle with TLS', () => idle(settings, join(dataDir, 'tls'), true));
    }
    if (chosen.has('bridge-idle')) {
      await results.add('bridge-idle', async () => {
        // As people run it: sources bring the compiler that strips their types, some 40 MB.
        const bridgeMain = values['bridge-main'] ?? join(await buildNpmPackage(join(dataDir, 'npm')), 'lib/main.js');
        return bridgeIdle(settings, { dataDir: join(dataDir, 'bridge-idle'), bridgeMain });
      });
    }
    if (chosen.has('chat-lists')) {
      await results.add('chat-lists', () => chatLists(settings, join(dataDir, 'lists')));
    }
    if (chosen.has('web')) await results.add('web', () => webFrames(settings, join(dataDir, 'web')));
    console.log(table(results.rows));
    console.error(`\nkept in ${await save(settings, results, loadBefore)}`);
    for (const error of results.errors) console.error(error);
    if (results.errors.length > 0) process.exitCode = 1;
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

await main();
