import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Where `ip netns exec` looks for files that a namespace sees in place of /etc's. */
const ETC = '/etc/netns';
/** The relay's name, which each home's own hosts file knows. */
export const RELAY_NAME = 'relay.c2l.test';

/** Why there can be no networks of the test's own here; undefined when there can. */
export function whyNoNetworks(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'network namespaces need Linux and root';
  const name = `c2lprobe${process.pid}`;
  try {
    execFileSync('ip', ['netns', 'add', name], { stdio: 'pipe' });
    const drop = ['-A', 'INPUT', '-m', 'statistic', '--mode', 'random', '--probability', '0.5', '-j', 'DROP'];
    execFileSync('ip', ['netns', 'exec', name, 'iptables', ...drop], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return `this system lacks namespaces or iptables: ${(error as Error).message.split('\n')[0]}`;
  } finally {
    try {
      execFileSync('ip', ['netns', 'del', name], { stdio: 'pipe' });
    } catch {
      // It was not made.
    }
  }
}

/**
 * A network of the test's own: a virtual switch on which the relay listens, and a namespace for each home behind it. What is
 * done to a home's packets happens in its namespace. The addresses are of 198.18.0.0/15, which RFC 2544 keeps for such.
 */
export class LabNetwork implements AsyncDisposable {
  /** Of the relay, and another one of the same machine for what stands before the relay. */
  readonly relayAddress: string;
  readonly proxyAddress: string;
  readonly #switch = `c2l${process.pid}`;
  readonly #prefix: string;
  readonly #names: string[] = [];

  private constructor() {
    this.#prefix = `198.${18 + (process.pid % 2)}.${(process.pid >> 1) % 256}`;
    this.relayAddress = `${this.#prefix}.1`;
    this.proxyAddress = `${this.#prefix}.2`;
  }

  static async create(): Promise<LabNetwork> {
    await removeStale();
    const network = new LabNetwork();
    await run('ip', ['link', 'add', network.#switch, 'type', 'bridge']);
    for (const address of [network.relayAddress, network.proxyAddress]) {
      await run('ip', ['addr', 'add', `${address}/24`, 'dev', network.#switch]);
    }
    await run('ip', ['link', 'set', network.#switch, 'up']);
    return network;
  }

  /** Another home on the switch. */
  async addHome(relayAddress = this.relayAddress): Promise<HomeNetwork> {
    const number = this.#names.length;
    const name = `${this.#switch}-${number}`;
    this.#names.push(name);
    const home = new HomeNetwork(name, this.#prefix, number);
    mkdirSync(`${ETC}/${name}`, { recursive: true });
    home.setNames({ [RELAY_NAME]: relayAddress });
    writeFileSync(`${ETC}/${name}/resolv.conf`, `nameserver ${this.relayAddress}\n`); // nobody answers there
    await run('ip', ['netns', 'add', name]);
    const outside = `v${this.#switch}${number}`.slice(0, 15);
    await run('ip', ['link', 'add', outside, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name]);
    await run('ip', ['link', 'set', outside, 'master', this.#switch, 'up']);
    await home.run('ip', 'link', 'set', 'lo', 'up');
    await home.run('ip', 'addr', 'add', `${home.address}/24`, 'dev', 'eth0');
    await home.run('ip', 'link', 'set', 'eth0', 'up');
    return home;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of this.#names) await removeNamespace(name);
    await run('ip', ['link', 'del', this.#switch]);
  }
}

/** The network of one home: its address, its names, and what becomes of its packets. */
export class HomeNetwork {
  readonly name: string;
  /** What runs a program in it. */
  readonly within: readonly string[];
  readonly #prefix: string;
  #host: number;

  constructor(name: string, prefix: string, number: number) {
    this.name = name;
    this.within = ['ip', 'netns', 'exec', name];
    this.#prefix = prefix;
    this.#host = 10 + number;
  }

  get address(): string {
    return `${this.#prefix}.${this.#host}`;
  }

  async run(...command: string[]): Promise<string> {
    return (await run('ip', ['netns', 'exec', this.name, ...command])).stdout;
  }

  /** Rules of iptables, each like `-A INPUT -j DROP`. */
  async filter(...rules: string[]): Promise<void> {
    for (const rule of rules) await this.run('iptables', '-w', ...rule.split(' '));
  }

  /** All packets pass again. */
  clear(): Promise<void> {
    return this.filter('-F');
  }

  /** Local ports of the open connections to this port. */
  async localPorts(port: number): Promise<number[]> {
    const listed = await this.run('ss', '-Htn', 'state', 'established', 'dport', '=', `:${port}`);
    const lines = listed.split('\n').filter((line) => line !== '');
    return lines.map((line) => Number(/:(\d+)\s+\S+\s*$/.exec(line)?.[1]));
  }

  /** Another address in place of the old one, as another network gives it. */
  async changeAddress(): Promise<void> {
    const old = this.address;
    this.#host += 100;
    await this.run('ip', 'addr', 'del', `${old}/24`, 'dev', 'eth0');
    await this.run('ip', 'addr', 'add', `${this.address}/24`, 'dev', 'eth0');
  }

  /** The names that this home can look up: no other is known. */
  setNames(names: Readonly<Record<string, string>>): void {
    const lines = Object.entries({ localhost: '127.0.0.1', ...names }).map(([name, address]) => `${address} ${name}\n`);
    writeFileSync(`${ETC}/${this.name}/hosts`, lines.join('')); // the same file: it is mounted where programs run
  }
}

async function removeNamespace(name: string): Promise<void> {
  await run('ip', ['netns', 'del', name]).catch(() => {}); // gone, or never made
  rmSync(`${ETC}/${name}`, { recursive: true, force: true });
}

/** What runs that were killed have left. */
async function removeStale(): Promise<void> {
  const { stdout } = await run('ip', ['netns', 'list']);
  const left = [...stdout.matchAll(/^c2l\d+-\d+/gm)].map(([name]) => name);
  const files = existsSync(ETC) ? readdirSync(ETC) : [];
  for (const name of new Set([...left, ...files])) {
    const pid = Number(/^c2l(\d+)-\d+$/.exec(name)?.[1] ?? NaN);
    if (Number.isNaN(pid) || isAlive(pid)) continue;
    await removeNamespace(name);
    await run('ip', ['link', 'del', `c2l${pid}`]).catch(() => {}); // by an earlier name
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
