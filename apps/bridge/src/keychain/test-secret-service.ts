import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeychainError } from './keychain-error.ts';
import { ask } from './keychain.ts';

const BUS_DAEMON = '/usr/bin/dbus-daemon';
const KEYRING_DAEMON = '/usr/bin/gnome-keyring-daemon';
/** A bus that starts no service by itself: what a test did not start is not there. */
const BUS = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><policy context="default">
<allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy></busconfig>`;
const READY_MS = 20_000;

/** A D-Bus session with gnome-keyring in it, for tests. Sets DBUS_SESSION_BUS_ADDRESS of this process while it lives. */
export class TestSecretService implements AsyncDisposable {
  readonly #directory: string;
  readonly #bus: ChildProcess;
  readonly #before = process.env['DBUS_SESSION_BUS_ADDRESS'];
  #daemon: ChildProcess | undefined;

  private constructor(directory: string, bus: ChildProcess) {
    this.#directory = directory;
    this.#bus = bus;
  }

  static isPossible(): boolean {
    return existsSync(BUS_DAEMON) && existsSync(KEYRING_DAEMON);
  }

  /** Starts it with an unlocked keyring. */
  static async start(): Promise<TestSecretService> {
    const directory = await mkdtemp(join(tmpdir(), 'secret-service-'));
    await writeFile(join(directory, 'bus.conf'), BUS);
    const args = ['--nofork', '--print-address', `--config-file=${join(directory, 'bus.conf')}`];
    const bus = spawn(BUS_DAEMON, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    const session = new TestSecretService(directory, bus);
    const [address] = (await once(bus.stdout, 'data')) as [Buffer]; // as: what data events carry
    process.env['DBUS_SESSION_BUS_ADDRESS'] = address.toString().trim();
    await session.unlock();
    return session;
  }

  /** Its person logs in. */
  unlock(): Promise<void> {
    return this.#start(['--unlock']);
  }

  /** Before its person has logged in: there, with what it kept, and nobody to type a password. */
  lock(): Promise<void> {
    return this.#start(['--start']);
  }

  /** It does not answer any more. */
  hang(): void {
    this.#daemon?.kill('SIGSTOP');
  }

  /** Nobody answers for secrets on the bus. */
  async end(): Promise<void> {
    const daemon = this.#daemon;
    this.#daemon = undefined;
    if (!daemon || daemon.exitCode !== null || daemon.signalCode !== null) return;
    daemon.kill('SIGKILL');
    await once(daemon, 'exit');
  }

  async #start(args: string[]): Promise<void> {
    await this.end();
    const { DISPLAY: _x, WAYLAND_DISPLAY: _wayland, ...env } = process.env;
    const home = { HOME: this.#directory, XDG_DATA_HOME: this.#directory, XDG_RUNTIME_DIR: this.#directory };
    const daemon = spawn(KEYRING_DAEMON, ['--foreground', '--components=secrets', ...args], {
      env: { ...env, ...home },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#daemon = daemon;
    daemon.stdin.end('password');
    const deadline = performance.now() + READY_MS;
    for (;;) {
      try {
        await ask({ action: 'read', account: 'nobody' });
        return;
      } catch (error) {
        if (!(error instanceof KeychainError) || error.reason !== 'absent' || performance.now() > deadline) throw error;
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#before === undefined) delete process.env['DBUS_SESSION_BUS_ADDRESS'];
    else process.env['DBUS_SESSION_BUS_ADDRESS'] = this.#before;
    await this.end();
    this.#bus.kill('SIGKILL');
    await rm(this.#directory, { recursive: true, force: true });
  }
}
