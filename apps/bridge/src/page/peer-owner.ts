import { readFile } from 'node:fs/promises';
import { isIPv4, type Socket } from 'node:net';
import { endianness } from 'node:os';

/**
 * The user whose program is at the other end of a connection within this computer; undefined where the system does not
 * say. Source: proc_net_tcp.txt of the Linux kernel.
 */
export async function peerOwner(socket: Socket): Promise<number | undefined> {
  // With their addresses: whoever comes from 127.0.0.2 may have the port that another's program has at 127.0.0.1.
  const from = place(socket.remoteAddress, socket.remotePort);
  const to = place(socket.localAddress, socket.localPort);
  // Whoever comes to ::ffff:127.0.0.1 is in the table of IPv6. Not at /proc/net, which a service of the system does not see.
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/self/net/${name}`, 'latin1').catch(() => '')),
  );
  for (const line of tables.join('\n').split('\n')) {
    const [, local, remote, , , , , uid] = line.trim().split(/\s+/);
    if (local?.endsWith(from) && remote?.endsWith(to)) return Number(uid);
  }
  return undefined;
}

/** How the end of an address and its port stand in a table: bytes of an address in this computer's own order. */
function place(address = '', port = 0): string {
  const bytes = isIPv4(address) ? address.split('.').map((part) => hex(Number(part), 2)) : [];
  if (endianness() === 'LE') bytes.reverse();
  return `${bytes.join('')}:${hex(port, 4)}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}
