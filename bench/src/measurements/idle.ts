import { setTimeout as sleep } from 'node:timers/promises';
import type { FakeBridgesCalls } from '../fake-bridges.ts';
import { processUsage } from '../process-usage.ts';
import { RelayProcess } from '../relay-process.ts';
import { RemoteProcess } from '../remote-process.ts';
import { pairRow, valueRow, type Row } from '../row.ts';
import type { Settings } from '../settings.ts';

/** Connected and closed before the measured ones: what the relay needs once for its first bridges is not theirs. */
const FIRST_SHARE = 0.1;
/** Of the memory of a bridge with TLS to that of a socket of `ws` with TLS. */
const TLS_RATIO = 1.15;

const PLAIN_SOCKETS = new URL('../plain-sockets.ts', import.meta.url).pathname;

/** What connected bridges that do nothing cost the relay, beside what sockets cost a server that does nothing else. */
export async function idle(settings: Settings, dataDir: string, tls: boolean): Promise<Row[]> {
  const costOf = async (directory: string, relayMain?: string): Promise<IdleCost> => {
    await using relay = await RelayProcess.create(directory, { tls, collects: true, ...(relayMain && { relayMain }) });
    return await idleCost(relay, settings); // awaited here: it is stopped when this returns
  };
  const plain = await costOf(`${dataDir}-plain-sockets`, PLAIN_SOCKETS);
  const cost = await costOf(dataDir);
  const memory = { direct: [plain], through: [cost] };
  const kilobytes = ({ bytesEach }: IdleCost): number => bytesEach / 1024;
  const name = (what: string): string => `${what}, ${settings.idleBridges} idle bridges${tls ? ' with TLS' : ''}`;
  return [
    // With TLS it is mostly Node's own (docs/decisions/0041).
    tls
      ? pairRow(name('memory each'), 'KB', memory, kilobytes, { atMost: TLS_RATIO })
      : { ...pairRow(name('memory each'), 'KB', memory, kilobytes), goal: { of: 'value', atMost: 9 } },
    valueRow(name('memory each, with garbage'), 'KB', cost.residentBytesEach / 1024),
    valueRow(name('connecting'), 's', cost.connectSeconds, tls ? undefined : { atMost: 10 }),
    valueRow(name('CPU of connecting'), 'CPU-s', cost.connectCpuSeconds),
    valueRow(name('lost'), 'bridges', cost.lost, { atMost: 0 }),
    valueRow(name('CPU of their pings'), '% of a core', cost.pingShare * 100, { atMost: 5 }),
  ];
}

export interface IdleCost {
  /** Held: when all garbage was collected. */
  bytesEach: number;
  /** With what V8 has not collected: a matter of when it last looked. */
  residentBytesEach: number;
  connectSeconds: number;
  connectCpuSeconds: number;
  /** Bridges whose connection ended by itself. */
  lost: number;
  /** Of a core, while the bridges do nothing but be pinged. */
  pingShare: number;
}

/** Starts this relay, which is new and collects, and connects bridges to it. */
export async function idleCost(
  relay: RelayProcess,
  { idleBridges: count, settleSeconds, pingSeconds }: Settings,
): Promise<IdleCost> {
  await using bridges = new RemoteProcess<FakeBridgesCalls>(new URL('../fake-bridges.ts', import.meta.url));
  await relay.start();
  await bridges.call('register', relay.origin, await relay.accessToken(), count, relay.ca);
  // Registering leaves a heap full of garbage, in which the bridges would find room: a fresh process has none.
  await relay.stop();
  await relay.start();
  await bridges.call('connect', Math.ceil(count * FIRST_SHARE), relay.ca);
  await bridges.call('disconnect');
  await sleep(settleSeconds * 1000);
  await relay.collect();

  const before = processUsage(relay.pid);
  const connectSeconds = await bridges.call('connect', count, relay.ca);
  const connected = processUsage(relay.pid);
  await sleep(settleSeconds * 1000);
  const settled = processUsage(relay.pid);
  await sleep(pingSeconds * 1000);
  const pinged = processUsage(relay.pid);
  await relay.collect();
  const collected = processUsage(relay.pid);
  const losses = await bridges.call('losses');
  if (losses.length > 0) console.error(`a lost bridge: ${losses[0]}`);

  return {
    bytesEach: (collected.residentBytes - before.residentBytes) / count,
    residentBytesEach: (pinged.residentBytes - before.residentBytes) / count,
    connectSeconds,
    connectCpuSeconds: connected.cpuSeconds - before.cpuSeconds,
    lost: losses.length,
    pingShare: (pinged.cpuSeconds - settled.cpuSeconds) / pingSeconds,
  };
}
