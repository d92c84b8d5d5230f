import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { Stack } from '../../dev/src/stack.ts';
import { processUsage } from './process-usage.ts';
import { createProxy, workersOf } from './proxy-calls.ts';
import { RAISED_LIMITS } from './raised-limits.ts';
import { RemoteProcess } from './remote-process.ts';
console.log("start"); const dataDir = await mkdtemp('/tmp/h5/bench-');
await using engine = new RemoteProcess<any>(new URL('fake-ollama.ts', import.meta.url));
await using client = new RemoteProcess<any>(new URL('client.ts', import.meta.url));
const origin = `http://127.0.0.1:${await (engine as any).call('listen')}`;
await using stack = await Stack.start({ dataDir, engine: new URL(origin), relayEnv: { ...RAISED_LIMITS, ...(process.env['PROF'] && { NODE_OPTIONS: '--cpu-prof --cpu-prof-dir=' + process.env['PROF'] }) } });
const [relayPid, bridgePid] = [stack.relay.process.pid!, stack.bridge!.process.pid!];
const { accessToken } = await stack.tokens();
const through = { origin: stack.url, prefix: '/ollama', headers: { authorization: `Bearer ${accessToken}` } };
console.log("stack"); const made = await createProxy(through as any, { lifetime: 7200, timeout: 7200, maxCpu: '2', maxMemory: '1GB' });
console.log("made"); const proxy = { origin: stack.url, prefix: new URL(made.endpoint).pathname, headers: { authorization: `Bearer ${made.credentials.token}` } };
const worker = () => workersOf(relayPid).reduce((s, pid) => s + processUsage(pid).cpuSeconds, 0);
const cpu = () => [processUsage(relayPid).cpuSeconds, processUsage(bridgePid).cpuSeconds, worker()];
const N = Number(process.env['N'] ?? 4000);
for (const target of [through, proxy]) { await (client as any).call('firstTokens', target, 100); await (client as any).call('unpacedStreams', target, 64, 2000); }
const sums: any = { direct: [0, 0, 0], proxy: [0, 0, 0] };
const R = Number(process.env['R'] ?? 3);
for (let r = 0; r < R; r++) for (const [n, t] of [['direct', through], ['proxy', proxy]] as const) {
  if (process.env['ONLY'] && process.env['ONLY'] !== n) continue;
  const b = cpu();
  await (client as any).call('unpacedStreams', t, 64, N);
  cpu().forEach((x, i) => (sums[n][i] += ((x - b[i]!) / (64 * N)) * 1e6 / R));
}
for (const n of ['direct', 'proxy']) console.log('unpaced', n, 'relay/bridge/worker', sums[n].map((x: number) => x.toFixed(2)).join(' '), 'sum', sums[n].reduce((a: number, b: number) => a + b).toFixed(2));
console.log('ratio', (sums.proxy.reduce((a: number, b: number) => a + b) / sums.direct.reduce((a: number, b: number) => a + b)).toFixed(3));
if (process.env['PACED']) for (const [n, t] of [['direct', through], ['proxy', proxy]] as const) {
  const b = cpu();
  await (client as any).call('pacedStreams', t, 100, 250, 50);
  const d = cpu().map((x, i) => ((x - b[i]!) / (100 * 250)) * 1e6);
  console.log('paced', n, d.map((x) => x.toFixed(1)).join(' '), 'sum', d.reduce((a, b) => a + b).toFixed(1));
}
