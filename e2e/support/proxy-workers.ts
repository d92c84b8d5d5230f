import { readdir, readFile } from 'node:fs/promises';

const CONTROL_GROUPS = '/sys/fs/cgroup';

/** Pids of the processes of proxies that a relay has started, waiting ones too. */
export async function workersOf(relayPid: number): Promise<number[]> {
  const children = await readFile(`/proc/${relayPid}/task/${relayPid}/children`, 'utf8');
  return children.split(' ').filter(Boolean).map(Number);
}

/** The control groups, of whatever kind, that have this in their names. */
export async function controlGroupsOf(proxyId: string): Promise<string[]> {
  const entries = await readdir(CONTROL_GROUPS, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && entry.name.includes(proxyId))
    .map((entry) => `${entry.parentPath}/${entry.name}`);
}
