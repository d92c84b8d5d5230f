import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './test-stack.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const SYSTEMD = '/lib/systemd/systemd';
const CGROUPS = '/sys/fs/cgroup';
/** Nobody, who has a manager of their own here. */
const UID = 65534;
const HOME = '/run/home';
const NAMESPACES = '--mount --pid --cgroup --uts --ipc --fork';
const START_MS = 20_000;
const COMMAND_MS = 60_000;

/** A folder of each control group hierarchy for the world alone, which takes it for the root. */
const ENTER = `
set -eu
for base in ${CGROUPS} ${CGROUPS}/*; do
  [ -e "$base/cgroup.procs" ] || continue
  mkdir "$base/$WORLD"
  for value in cpuset.cpus cpuset.mems; do
    [ ! -e "$base/$value" ] || cat "$base/$value" > "$base/$WORLD/$value"
  done
  echo $$ > "$base/$WORLD/cgroup.procs"
done
exec unshare ${NAMESPACES} --kill-child --mount-proc sh -c "$INSIDE"
`;

/** Folders of its own wherever systemd or a service writes, nothing that starts by itself, the program under odd names. */
const INSIDE = `
set -eu
mount --make-rprivate /
if [ -d ${CGROUPS}/systemd ]; then
  umount -R ${CGROUPS}
  mount -t tmpfs tmpfs ${CGROUPS}
  mkdir ${CGROUPS}/systemd
  mount -t cgroup -o none,name=systemd cgroup ${CGROUPS}/systemd
else
  umount -R ${CGROUPS}
  mount -t cgroup2 cgroup2 ${CGROUPS}
fi
for folder in /run /var/lib /etc/systemd/system /opt; do mount -t tmpfs tmpfs $folder; done
mkdir -p /run/systemd/system /run/lock /run/user/${UID} ${HOME}
chown ${UID} /run/user/${UID} ${HOME}
chmod 700 /run/user/${UID} ${HOME}
touch /run/console
mount --bind /run/console /dev/console
mount --bind -o ro /proc/sys /proc/sys
for folder in "$ODD" "$QUOTED"; do
  mkdir -p "$folder/program"
  touch "$folder/node"
  mount --bind "$NODE" "$folder/node"
  mount --bind "$REPOSITORY" "$folder/program"
done
for target in sysinit basic shutdown umount multi-user network-online default; do
  printf '[Unit]\\nDescription=%s\\nDefaultDependencies=no\\n' $target > /etc/systemd/system/$target.target
done
cat > /etc/systemd/system/person.service <<END
[Service]
Type=notify
User=${UID}
Environment=HOME=${HOME} XDG_RUNTIME_DIR=/run/user/${UID}
ExecStart=${SYSTEMD} --user --unit=default.target
Delegate=yes
KillMode=mixed
END
unset WORLD INSIDE NODE REPOSITORY ODD QUOTED
export container=test SYSTEMD_UNIT_PATH=/etc/systemd/system
exec ${SYSTEMD} --system --unit=multi-user.target --log-target=console --show-status=0
`;

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/**
 * A computer as far as systemd sees one: systemd as process 1 of namespaces of its own, and a person's manager below it.
 * It shares this computer's network and files, except where something is written.
 */
export class SystemdWorld implements AsyncDisposable {
  /** The program's folder, with what systemd, a shell or XML would take for something else. */
  static readonly ODD = '/opt/100% of $HOME, ${HOME} %h; Änne';
  /** A path that systemd does not take as a program. */
  static readonly QUOTED = `/opt/it's "quoted"`;
  static readonly HOME = HOME;

  readonly #process: ChildProcess;
  readonly #name: string;
  #init = 0;

  private constructor(process: ChildProcess, name: string) {
    this.#process = process;
    this.#name = name;
  }

  /** Why there can't be one on this computer; undefined when there can. */
  static missing(): string | undefined {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'it takes Linux and root';
    if (!existsSync(SYSTEMD)) return 'systemd is not installed';
    const hierarchy = [join(CGROUPS, 'systemd'), CGROUPS].find((folder) => existsSync(folder)) ?? CGROUPS;
    const probe = `mkdir ${hierarchy}/c2l-probe-$$ && rmdir ${hierarchy}/c2l-probe-$$ && exec unshare ${NAMESPACES} true`;
    const { status } = spawnSync('sh', ['-c', probe], { stdio: 'ignore' });
    return status === 0 ? undefined : 'namespaces and control groups of its own are not permitted here';
  }

  static async start(): Promise<SystemdWorld> {
    const name = `c2l-world-${process.pid}`;
    const env = {
      PATH: process.env['PATH'],
      WORLD: name,
      INSIDE,
      REPOSITORY,
      NODE: process.execPath,
      ODD: SystemdWorld.ODD,
      QUOTED: SystemdWorld.QUOTED,
    };
    const child = spawn('sh', ['-c', ENTER], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    const world = new SystemdWorld(child, name);
    try {
      await until('systemd is process 1', START_MS, async () => {
        const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
        world.#init = Number(children);
        if (!world.#init) return false;
        return (await world.run(['systemctl', 'is-system-running'])).stdout === 'running\n';
      });
      const { code, stderr } = await world.run(['systemctl', 'start', 'person']);
      if (code !== 0) throw new Error(`the person has no manager: ${stderr}`);
      return world;
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The command line of the bridge's program, from one of its folders. */
  program(folder: string, ...args: string[]): string[] {
    return [join(folder, 'node'), join(folder, 'program/apps/bridge/src/main.ts'), ...args];
  }

  /** Runs a command there as root, without a shell. */
  run(command: readonly string[], input = '', variables: Readonly<Record<string, string>> = {}): Promise<Ran> {
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', NO_COLOR: '1', ...variables };
    const args = ['-t', String(this.#init), '--mount', '--pid', '--cgroup', '--ipc', '--uts', '--', ...command];
    return new Promise((resolve) => {
      const child = execFile('nsenter', args, { env, timeout: COMMAND_MS }, (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
      });
      child.stdin?.on('error', () => {}); // it read none of it
      child.stdin?.end(input);
    });
  }

  /** The same as the person. */
  runAsPerson(command: readonly string[], input?: string): Promise<Ran> {
    const id = String(UID);
    const switched = ['setpriv', '--reuid', id, '--regid', id, '--clear-groups', '--', ...command];
    return this.run(switched, input, { HOME, XDG_RUNTIME_DIR: `/run/user/${id}` });
  }

  /** Ends every process in it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const exited = once(this.#process, 'exit');
      this.#process.kill('SIGKILL'); // unshare takes its child with it
      await exited;
    }
    await until('its processes are gone', START_MS, () => !existsSync(`/proc/${this.#init}`) || this.#init === 0);
    const folders = [CGROUPS, ...readdirSync(CGROUPS).map((folder) => join(CGROUPS, folder))];
    for (const folder of folders) {
      if (existsSync(join(folder, this.#name))) removeGroup(join(folder, this.#name));
    }
  }
}

/** Control groups are folders that are removed from the innermost outwards, their files with them. */
function removeGroup(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeGroup(join(folder, entry.name));
  }
  rmdirSync(folder);
}
