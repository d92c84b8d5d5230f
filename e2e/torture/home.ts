import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { saveCredentials } from '../../apps/bridge/src/credentials.ts';
import { readState } from '../../apps/bridge/src/daemon/state-file.ts';
import { Child } from '../../dev/src/child.ts';
import { startDemoEngine, type RunningEngine } from '../../dev/src/engine.ts';
import { until } from '../support/test-stack.ts';
import type { HomeNetwork } from './lab-network.ts';
import type { LabRelay } from './lab-relay.ts';
import { RunningAnswer } from './running-answer.ts';
import { Timeline } from './timeline.ts';

const BRIDGE_MAIN = new URL('../../apps/bridge/src/main.ts', import.meta.url).pathname;
const CLOCK = new URL('shifted-clock.ts', import.meta.url).pathname;
const STATE_LINE = /^(online|engine-down|connecting|offline) /;
export const TOKENS_PER_SECOND = 20;
const START_MS = 60_000;

export interface HomeOptions {
  name: string;
  network: HomeNetwork;
  relay: LabRelay;
  dataDir: string;
}

/** A computer of the lab: a demo engine and a bridge, in a network of their own. */
export class Home implements AsyncDisposable {
  readonly name: string;
  readonly network: HomeNetwork;
  readonly relay: LabRelay;
  /** What the bridge says of itself. */
  readonly states = new Timeline();
  bridge!: Child;
  #engine!: RunningEngine & { child: Child };
  readonly #dataDir: string;

  private constructor({ name, network, relay, dataDir }: HomeOptions) {
    this.name = name;
    this.network = network;
    this.relay = relay;
    this.#dataDir = dataDir;
  }

  /** Starts engine and bridge; resolves when the bridge is online and the relay says so. */
  static async start(options: HomeOptions): Promise<Home> {
    const home = new Home(options);
    mkdirSync(home.#dataDir, { recursive: true });
    const [tokens] = await Promise.all([home.relay.tokens(), home.startEngine()]);
    await saveCredentials(home.directory, {
      relay: home.relay.publicUrl,
      clientId: crypto.randomUUID(),
      issuer: `${home.relay.publicUrl}/oidc`,
      oidcClientId: tokens.client_id,
      accessToken: tokens.access_token,
      accessTokenExpires: Date.now() + tokens.expires_in * 1000,
      refreshToken: tokens.refresh_token,
    });
    home.startBridge();
    await until(`${home.name} is online`, START_MS, () => home.isOnline);
    return home;
  }

  /** The bridge's folder. */
  get directory(): string {
    return join(this.#dataDir, 'bridge');
  }

  get pid(): number {
    return this.bridge.process.pid!; // it was started
  }

  /** Bridge, state file and relay agree that all is well. */
  get isOnline(): boolean {
    const isConnected = /^connected, connected, /.test(this.relay.states(this.name).now ?? '');
    return isConnected && this.states.now === 'online' && readState(this.directory)?.state === 'online';
  }

  /** Starts the engine, again at its old address with other arguments. */
  async startEngine(...args: string[]): Promise<void> {
    const port = this.#engine ? ['--port', this.#engine.url.port] : [];
    this.#engine = await startDemoEngine({
      dataDir: join(this.#dataDir, 'engine'),
      logFile: join(this.#dataDir, 'engine.log'),
      env: process.env,
      within: this.network.within,
      args: ['--tokens-per-second', String(TOKENS_PER_SECOND), ...port, ...args],
    });
  }

  stopEngine(): Promise<void> {
    return this.#engine.child.stop();
  }

  startBridge(): void {
    const args = ['up', '--name', this.name, '--engine-url', this.#engine.url.origin];
    this.bridge = new Child({
      args: ['--import', CLOCK, BRIDGE_MAIN, ...args],
      within: this.network.within,
      env: {
        ...process.env,
        CLOUDTOLOCALLLM_HOME: this.directory,
        NODE_EXTRA_CA_CERTS: this.relay.caFile,
        CLOCK_FILE: this.clockFile,
        NO_COLOR: '1',
      },
      logFile: join(this.#dataDir, 'bridge.log'),
    });
    let rest = '';
    this.bridge.process.stdout?.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const state = STATE_LINE.exec(line)?.[1];
        if (state !== undefined) this.states.add(state);
      }
    });
  }

  /** By how many milliseconds its bridge's wall clock is wrong; see shifted-clock.ts. */
  get clockFile(): string {
    return join(this.#dataDir, 'clock');
  }

  async ask(tokens: number): Promise<RunningAnswer> {
    const { url, token } = this.relay;
    const answer = new RunningAnswer({ url, token, bridgeId: await this.relay.bridgeId(this.name), tokens });
    await until(`${this.name} answers`, START_MS, () => answer.count > 5);
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.bridge.process.kill('SIGCONT'); // a scenario that failed may have left it held
    await Promise.all([this.bridge.stop(), this.#engine.child.stop()]);
  }
}
