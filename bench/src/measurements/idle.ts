import { setTimeout as sleep } from 'node:timers/promises';
import type { FakeBridgesCalls } from '../fake-bridges.ts';
import { processUsage } from '../process-usage.ts';
import { RelayProcess } from '../relay-process.ts';
import { RemoteProcess } from '../remote-process.ts';
import { valueRow, type Row } from '../row.ts';
import type { Settings } from '../settings.ts';

/** Connected and closed before the measured ones: what the relay needs once for its first bridges is not theirs. */
const FIRST_SHARE = 0.1;

/** What connected bridges that do nothing cost the relay. */
export async function idle(
  { idleBridges: count, settleSeconds, pingSeconds }: Settings,
  dataDir: string,
  tls: boolean,
): Promise<Row[]> {
  await using relay = await RelayProcess.create(dataDir, tls);
  await using bridges = new RemoteProcess<FakeBridgesCalls>(new URL('../fake-bridges.ts', import.meta.url));
  await relay.start();
  await bridges.call('register', relay.origin, await relay.accessToken(), count, relay.ca);
  // Registering leaves a heap full of garbage, in which the bridges would find room: a fresh process has none.
  await relay.stop();
  await relay.start();
  await bridges.call('connect', Math.ceil(count * FIRST_SHARE), relay.ca);
  await bridges.call('disconnect');
  await sleep(settleSeconds * 1000);

  const before = processUsage(relay.pid);
  const connectSeconds = await bridges.call('connect', count, relay.ca);
  const connected = processUsage(relay.pid);
  await sleep(settleSeconds * 1000);
  const settled = processUsage(relay.pid);
  await sleep(pingSeconds * 1000);
  const pinged = processUsage(relay.pid);
  const losses = await bridges.call('losses');
  if (losses.length > 0) console.error(`a lost bridge: ${losses[0]}`);

  const name = (what: string): string => `${what}, ${count} idle bridges${tls ? ' with TLS' : ''}`;
  const bytesEach = (pinged.residentBytes - before.residentBytes) / count;
  const share = (pinged.cpuSeconds - settled.cpuSeconds) / pingSeconds;
  return [
    valueRow(name('memory each'), 'KB', bytesEach / 1024, { atMost: tls ? 36 : 9 }),
    valueRow(name('connecting'), 's', connectSeconds, tls ? undefined : { atMost: 10 }),
    valueRow(name('CPU of connecting'), 'CPU-s', connected.cpuSeconds - before.cpuSeconds),
    valueRow(name('lost'), 'bridges', losses.length, { atMost: 0 }),
    valueRow(name('CPU of their pings'), '% of a core', share * 100, { atMost: 5 }),
  ];
}
