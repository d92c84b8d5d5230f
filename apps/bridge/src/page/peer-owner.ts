import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';

/**
 * The user whose program is at the other end of a connection within this computer; undefined where the system does not
 * say. Source: proc_net_tcp.txt of the Linux kernel.
 */
export async function peerOwner({ remotePort = 0, localPort = 0 }: Socket): Promise<number | undefined> {
  const from = `:${hex(remotePort)}`;
  const to = `:${hex(localPort)}`;
  // Whoever comes to ::ffff:127.0.0.1 is in the table of IPv6.
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'latin1').catch(() => '')),
  );
  for (const line of tables.join('\n').split('\n')) {
    const [, local, remote, , , , , uid] = line.trim().split(/\s+/);
    if (local?.endsWith(from) && remote?.endsWith(to)) return Number(uid);
  }
  return undefined;
}

function hex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}
