import { connect, Socket } from 'node:net';
import { parseArgs } from 'node:util';
import type { OpenSocket } from './side.ts';
import { Worker } from './worker.ts';

/** BSD's EX_DATAERR: the relay sent what no relay sends. */
const MALFORMED = 65;

const { values } = parseArgs({
  options: { 'client-socket': { type: 'string' }, 'bridge-socket': { type: 'string' } },
});

/** A socket to connect to when there is a path, else one that this process was started with. */
function socket(path: string | undefined, fd: number): OpenSocket {
  return (onread) => (path === undefined ? new Socket({ fd, onread }) : connect({ path, onread }));
}

/** Ends with the relay: its streams close. */
function end(error?: Error): void {
  if (error === undefined) process.exit(0);
  process.stderr.write(`Cannot go on as a proxy: ${error.message}\n`);
  process.exit(MALFORMED);
}

const worker = new Worker({
  clientSide: socket(values['client-socket'], 3),
  bridgeSide: socket(values['bridge-socket'], 4),
  ended: end,
});
void worker;
