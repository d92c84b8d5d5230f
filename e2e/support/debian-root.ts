import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where a program's own mounts go with it, whatever becomes of the test. */
const OWN_MOUNTS = ['--mount', '--propagation', 'private'];
/** What packages find and what they run with; nothing of the test's own environment. */
const ENVIRONMENT = ['env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL=C.UTF-8'];
/** What dpkg writes of itself, whatever is installed. */
const OF_DPKG = /^\/(proc\/|var\/lib\/dpkg\/(?!info\/)|var\/log\/dpkg\.log$)/;

/** A small Debian in a folder of the test's own, whose programs see nothing else but share the network. */
export class DebianRoot implements AsyncDisposable {
  readonly folder: string;
  readonly #temporary: string;
  /** Such as `bookworm`: this machine's own. */
  readonly suite: string;

  private constructor(temporary: string, suite: string) {
    this.#temporary = temporary;
    // Not the temporary folder itself, which nobody but root may enter.
    this.folder = join(temporary, 'root');
    this.suite = suite;
  }

  /** Makes it of the packages of this machine's own mirror, or says in words why there can be none here. */
  static async make(): Promise<DebianRoot | string> {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'a Debian root needs root on Linux';
    if (!existsSync('/usr/sbin/debootstrap'))
      return 'debootstrap is not installed (Debian: apt-get install debootstrap)';
    const source = await aptSource();
    if (source === undefined) return 'this machine has no Debian mirror that serves its own release';
    const root = new DebianRoot(await mkdtemp(join(tmpdir(), 'debian-root-')), source.suite);
    try {
      const args = ['debootstrap', '--variant=minbase', source.suite, root.folder, source.mirror];
      await run('unshare', [...OWN_MOUNTS, ...args], { maxBuffer: 16 * 1024 * 1024 });
      // As every installed system has it.
      await writeFile(join(root.folder, 'etc/hosts'), '127.0.0.1 localhost\n');
      return root;
    } catch (error) {
      await root[Symbol.asyncDispose]();
      throw new Error('Cannot make a Debian root', { cause: error });
    }
  }

  /** Starts a program in it, as `user` if it is not root. */
  start(command: readonly string[], user?: { id: number; home: string }): ChildProcess {
    const who = user === undefined ? [] : [`--userspec=${user.id}:${user.id}`];
    const script = 'mount -t proc proc "$1/proc" && shift && exec "$@"';
    const change = ['chroot', ...who, this.folder, ...ENVIRONMENT, `HOME=${user?.home ?? '/root'}`];
    return spawn('unshare', [...OWN_MOUNTS, 'sh', '-c', script, 'sh', this.folder, ...change, ...command]);
  }

  /** What a program in it prints. Throws Error with its output when it fails. */
  async run(...command: string[]): Promise<string> {
    const child = this.start(command);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('close', resolve).once('error', reject);
    });
    if (code !== 0) throw new Error(`${command.join(' ')} failed (${code}) in the Debian root:\n${output}`);
    return output;
  }

  /** Copies a file of this machine into it. */
  async put(source: string, path: string): Promise<void> {
    await cp(source, join(this.folder, path));
  }

  /** All its files and folders but dpkg's own records, sorted. */
  async paths(): Promise<string[]> {
    const { stdout } = await run('find', [this.folder, '-xdev', '-printf', '/%P\\n'], { maxBuffer: 64 * 1024 * 1024 });
    return stdout
      .split('\n')
      .filter((path) => path !== '' && !OF_DPKG.test(path))
      .toSorted();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Removing would go through a mount into what is mounted.
    const mounts = await readFile('/proc/self/mountinfo', 'utf8');
    if (mounts.includes(` ${this.folder}/`))
      throw new Error(`Cannot remove ${this.folder}: something is mounted there`);
    await rm(this.#temporary, { recursive: true, force: true });
  }
}

/** Where this machine gets the packages of its own release from. */
async function aptSource(): Promise<{ suite: string; mirror: string } | undefined> {
  const [, suite] = /^VERSION_CODENAME=(\w+)$/m.exec(await readFile('/etc/os-release', 'utf8')) ?? [];
  const wanted = ['indextargets', '--format', '$(RELEASE) $(REPO_URI)', 'Created-By: Packages', 'Component: main'];
  const { stdout } = await run('apt-get', wanted);
  for (const line of stdout.split('\n')) {
    const [release, mirror] = line.split(' ');
    if (suite !== undefined && release === suite && mirror) return { suite, mirror };
  }
  return undefined;
}
