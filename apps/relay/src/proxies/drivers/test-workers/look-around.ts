import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { connect, type NetConnectOpts } from 'node:net';
import { networkInterfaces } from 'node:os';
import { parseArgs } from 'node:util';

/** What a worker in a container finds out about its place; said as JSON, at once, on its client side. */
export interface Surroundings {
  uid: number;
  /** Lines of `/proc/self/status` about rights. */
  rights: Record<string, string>;
  interfaces: string[];
  /** Codes of the errors that its attempts end with; `none` for one that succeeds. */
  attempts: Record<'loopback' | 'internet' | 'secondConnection' | 'writeRoot' | 'writeSockets' | 'runShell', string>;
  folder: string[];
  environment: string[];
}

const options = { 'client-socket': { type: 'string' }, 'bridge-socket': { type: 'string' } } as const;
const { 'client-socket': clientPath = '', 'bridge-socket': bridgePath = '' } = parseArgs({ options }).values;
const [clientSide, bridgeSide] = [connect(clientPath), connect(bridgePath)];
await Promise.all([once(clientSide, 'connect'), once(bridgeSide, 'connect')]);
for (const stream of [clientSide, bridgeSide]) stream.on('error', () => undefined).on('close', () => process.exit(0));
// What the relay says first: where a server of the host listens.
clientSide.write('\n');
const [port] = (await once(clientSide, 'data')) as [Buffer];
const { spawn } = await import('node:child_process');
const surroundings: Surroundings = {
  uid: process.getuid?.() ?? 0,
  rights: Object.fromEntries(
    [...(await readFile('/proc/self/status', 'utf8')).matchAll(/^(Cap\w+|NoNewPrivs):\s+(\w+)$/gm)].map(
      ([, name = '', value = '']) => [name, value],
    ),
  ),
  interfaces: Object.keys(networkInterfaces()),
  attempts: {
    loopback: await attempt(() => connecting({ host: '127.0.0.1', port: Number(port.toString()) })),
    internet: await attempt(() => connecting({ host: '192.0.2.1', port: 443 })), // RFC 5737: nobody's
    secondConnection: await attempt(() => connecting({ path: clientPath })),
    writeRoot: await attempt(() => writeFile('/worker/mine', '')),
    writeSockets: await attempt(() => writeFile('/run/proxy/mine', '')),
    runShell: await attempt(() => once(spawn('/bin/sh', ['-c', 'true']), 'exit')),
  },
  folder: await readdir('/'),
  environment: Object.keys(process.env),
};
clientSide.write(`${JSON.stringify(surroundings)}\n`);

async function connecting(to: NetConnectOpts): Promise<void> {
  await once(connect({ ...to, timeout: 2_000 }), 'connect');
}

async function attempt(what: () => Promise<unknown>): Promise<string> {
  try {
    await what();
    return 'none';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error); // as: what a system call throws
  }
}
