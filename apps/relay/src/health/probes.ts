import { statfs } from 'node:fs/promises';
import { type AddressInfo, connect } from 'node:net';
import { sql } from 'kysely';
import type { RelayDatabase } from '../storage/database.ts';

/** A database that has not answered a trivial query after this long is taken for dead. */
const DEAD_QUERY_MS = 5_000;
/** Within one computer a connection takes less than a millisecond. */
const CONNECT_TIMEOUT_MS = 1_000;

/** How long a trivial query takes, in milliseconds; undefined when it fails or takes too long. */
export async function measureQuery({ kysely }: RelayDatabase): Promise<number | undefined> {
  const started = performance.now();
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(late.resolve, DEAD_QUERY_MS, undefined);
  const query = sql`select count(*) from settings`.execute(kysely).then(
    () => performance.now() - started,
    () => undefined,
  );
  const took = await Promise.race([query, late.promise]);
  clearTimeout(timer);
  return took;
}

/** How full the disk of a folder is, in percent of what its owner may fill, as df(1) reckons. */
export async function measureDisk(folder: string): Promise<number> {
  const { blocks, bfree, bavail } = await statfs(folder);
  const used = blocks - bfree;
  return used + bavail === 0 ? 0 : (used / (used + bavail)) * 100;
}

/** How long a connection within this computer takes, in milliseconds; its time limit (1000) when there was none. */
export function measureLoopback(address: AddressInfo | string | null): Promise<number> {
  if (address === null) return Promise.resolve(CONNECT_TIMEOUT_MS);
  const started = performance.now();
  const socket = typeof address === 'string' ? connect(address) : connect(address.port, reachable(address.address));
  const { promise, resolve } = Promise.withResolvers<number>();
  socket
    .setTimeout(CONNECT_TIMEOUT_MS)
    .once('connect', () => resolve(performance.now() - started))
    .once('timeout', () => resolve(CONNECT_TIMEOUT_MS))
    .once('error', () => resolve(CONNECT_TIMEOUT_MS));
  return promise.finally(() => socket.destroy());
}

/** Where one reaches what listens on every address. */
function reachable(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  return address === '::' ? '::1' : address;
}
