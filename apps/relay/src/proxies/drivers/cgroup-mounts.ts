import { join, posix } from 'node:path';

/** Where this process may look for groups of its own: the folder of the group it is in. */
export interface CgroupFolders {
  /** Of version 1: absent when the controller is not mounted so. */
  memory: string | undefined;
  cpu: string | undefined;
  /** Of version 2, whatever its controllers. */
  unified: string | undefined;
}

interface Mount {
  /** What of the hierarchy is mounted: `/`, or a container's part. */
  root: string;
  path: string;
  /** Of version 1. */
  controllers: readonly string[];
}

/**
 * Finds the folders of the process's own groups from `/proc/self/mountinfo` and `/proc/self/cgroup` (proc(5),
 * cgroups(7)). Groups of ours go below them and nowhere else: whatever holds the relay also holds its proxies.
 */
export function cgroupFolders(mountInfo: string, ownGroups: string): CgroupFolders {
  const versions: { v1: Mount[]; v2: Mount[] } = { v1: [], v2: [] };
  for (const line of mountInfo.split('\n')) {
    const [mount = '', filesystem = ''] = line.split(' - ');
    const [, , , root, path] = mount.split(' ').map(unescapeOctal);
    const [type, , options = ''] = filesystem.split(' ');
    if (root === undefined || path === undefined) continue;
    if (type === 'cgroup') versions.v1.push({ root, path, controllers: options.split(',') });
    if (type === 'cgroup2') versions.v2.push({ root, path, controllers: [] });
  }
  const groups = ownGroups
    .split('\n')
    .map((line) => /^\d+:([^:]*):(\/.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, controllers = '', path = '/']) => ({ controllers: controllers.split(','), path }));
  const groupOf = (controller: string): string | undefined =>
    groups.find(({ controllers }) => controllers.includes(controller))?.path;
  const folder = (mount: Mount | undefined, group: string | undefined): string | undefined => {
    if (mount === undefined || group === undefined) return undefined;
    const below = posix.relative(mount.root, group);
    // Outside of what is mounted: the mount's own root is the nearest that a container has.
    return below.startsWith('..') ? mount.path : join(mount.path, below);
  };
  const ofVersion1 = (controller: string): string | undefined =>
    folder(
      versions.v1.find(({ controllers }) => controllers.includes(controller)),
      groupOf(controller),
    );
  return { memory: ofVersion1('memory'), cpu: ofVersion1('cpu'), unified: folder(versions.v2[0], groupOf('')) };
}

/** mountinfo writes spaces and the like as `\040`. */
function unescapeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
