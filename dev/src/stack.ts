import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { loadCredentials, saveCredentials } from '../../apps/bridge/src/credentials.ts';
import { Child } from './child.ts';
import { findOllama, startDemoEngine, type RunningEngine } from './engine.ts';
import { freePort } from './free-port.ts';
import { buildBridge } from './bridge-build.ts';
import { buildWeb, WEB_DIR } from './web-build.ts';

const RELAY_MAIN = new URL('../../apps/relay/src/main.ts', import.meta.url).pathname;
const BRIDGE_MAIN = new URL('../../apps/bridge/src/main.ts', import.meta.url).pathname;

export type Part = 'engine' | 'web app' | 'relay' | 'bridge';
/** Called as each step begins and ends. */
export type Report = (part: Part, state: 'working' | 'done', detail: string) => void;

export interface StackOptions {
  /** Undefined = any free one. */
  port?: number;
  dataDir: string;
  /** `auto`: the person's Ollama, else the demo engine; `demo`; `none`: the caller brings one by URL. */
  engine: 'auto' | 'demo' | URL;
  engineArgs?: readonly string[];
  /** Build and serve the web app. */
  web?: boolean;
  /** Where clients and the bridge find the relay, when something stands in front of it. */
  publicUrl?: string;
  /** Told the port before anything starts: for what stands in front. */
  starting?(port: number): void;
  /** Another main file that runs a relay; its commands are those of its own in any case. */
  relayMain?: string;
  /** More of the relay's environment. */
  relayEnv?: NodeJS.ProcessEnv;
  /** Another main file that runs a bridge, such as a bundled one. */
  bridgeMain?: string;
  /** Start no bridge: the caller brings its own. */
  bridge?: boolean;
  /** More options of the bridge's `up`. */
  bridgeArgs?: readonly string[];
  watch?: boolean;
  report?: Report;
}

export interface Tokens {
  accessToken: string;
  refreshToken: string;
  expiresIn: number;
  clientId: string;
  userId: string;
}

/** The relay's own account, when it has one. */
export interface LocalAccount {
  name: string;
  /** Only at the very first start: the relay keeps nothing but its hash. */
  password: string | undefined;
}

/** Relay, bridge, engine and web app as one tree of processes, the same for a person, for development and for tests. */
export class Stack implements AsyncDisposable {
  readonly url: string;
  readonly publicUrl: string;
  readonly dataDir: string;
  engine!: RunningEngine;
  relay!: Child;
  bridge: Child | undefined;
  /** Undefined when another issuer signs people in. */
  account: LocalAccount | undefined;
  readonly #options: StackOptions;
  readonly #port: number;

  private constructor(options: StackOptions, port: number) {
    this.#options = options;
    this.#port = port;
    this.dataDir = resolve(options.dataDir);
    this.url = `http://localhost:${port}`;
    this.publicUrl = options.publicUrl ?? this.url;
    mkdirSync(join(this.dataDir, 'logs'), { recursive: true });
  }

  /** Starts everything; when a part fails, what had been started is stopped. */
  static async start(options: StackOptions): Promise<Stack> {
    const port = await freePort(options.port);
    if (port === undefined) {
      throw new Error(
        `Port ${options.port} is taken by another program. Stop that one, or choose another port: PORT=3001 npm start`,
      );
    }
    options.starting?.(port);
    const stack = new Stack(options, port);
    try {
      await stack.#startParts();
      return stack;
    } catch (error) {
      await stack[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #startParts(): Promise<void> {
    const { web = false, bridge = true } = this.#options;
    const startRelay = async (): Promise<void> => {
      if (web) await this.#buildWeb();
      // Before the relay, which would print the first password into its log.
      this.account = await this.#makeAccount();
      await this.startRelay();
    };
    await Promise.all([this.#startEngine(), startRelay()]);
    if (bridge) await this.startBridge();
  }

  async #startEngine(): Promise<void> {
    const { engine, engineArgs = [] } = this.#options;
    this.#report('engine', 'working', engine === 'demo' ? 'starting' : 'looking for Ollama');
    if (engine instanceof URL) this.engine = { url: engine, label: engine.host, demo: false };
    else {
      const own = engine === 'auto' ? await findOllama(process.env['OLLAMA_HOST']) : undefined;
      this.engine = own ?? (await this.#startDemoEngine(engineArgs));
    }
    this.#report('engine', 'done', this.engine.label);
  }

  /** Starts the demo engine again at its old address, after it was stopped. */
  async restartEngine(): Promise<void> {
    const { engineArgs = [] } = this.#options;
    this.engine = await this.#startDemoEngine([...engineArgs, '--port', this.engine.url.port]);
  }

  #startDemoEngine(args: readonly string[]): Promise<RunningEngine> {
    return startDemoEngine({
      dataDir: join(this.dataDir, 'engine'),
      logFile: this.#log('engine'),
      env: process.env,
      args,
      progress: (text) => this.#report('engine', 'working', text),
    });
  }

  async #buildWeb(): Promise<void> {
    this.#report('web app', 'working', 'building');
    const since = performance.now();
    // Without the bridge's package everything else works.
    const noPackage = (error: Error): string => `; no package of the bridge to hand out: ${error.message}`;
    const [built, trouble] = await Promise.all([buildWeb(), buildBridge().then(() => '', noPackage)]);
    const done = built ? `built in ${((performance.now() - since) / 1000).toFixed(1)} s` : 'ready';
    this.#report('web app', 'done', `${done}${trouble}`);
  }

  /** Starts the relay, again after `relay.kill()` or `relay.stop()`. */
  async startRelay(): Promise<void> {
    this.#report('relay', 'working', 'starting');
    const args = [
      ...(this.#options.watch ? ['--watch', '--watch-preserve-output'] : []),
      this.#options.relayMain ?? RELAY_MAIN,
    ];
    this.relay = new Child({ args, env: this.#relayEnv(), logFile: this.#log('relay') });
    await this.relay.until(
      'The relay did not start',
      async () => (await fetch(`${this.url}/api/health`)).ok || undefined,
    );
    this.#report('relay', 'done', this.publicUrl);
  }

  /** Starts the bridge, signed in as the relay's local user. */
  async startBridge(): Promise<void> {
    this.#report('bridge', 'working', 'connecting');
    const home = join(this.dataDir, 'bridge');
    const tokens = await this.tokens();
    await saveCredentials(home, {
      relay: this.publicUrl,
      clientId: (await loadCredentials(home))?.clientId ?? crypto.randomUUID(),
      issuer: `${this.publicUrl}/oidc`,
      oidcClientId: tokens.clientId,
      accessToken: tokens.accessToken,
      accessTokenExpires: Date.now() + tokens.expiresIn * 1000,
      refreshToken: tokens.refreshToken,
    });
    const args = [
      ...(this.#options.watch ? ['--watch', '--watch-preserve-output'] : []),
      this.#options.bridgeMain ?? BRIDGE_MAIN,
      'up',
      '--engine-url',
      this.engine.url.origin,
      ...(this.#options.bridgeArgs ?? []),
    ];
    const env = { ...process.env, CLOUDTOLOCALLLM_HOME: home, NO_COLOR: '1' };
    this.bridge = new Child({ args, env, logFile: this.#log('bridge') });
    const line = await this.bridge.until(
      'The bridge did not come online',
      async () => /^(online|engine-down) .*$/m.exec(this.bridge!.tail)?.[0],
    );
    this.#report('bridge', 'done', line.replace(/\s+/g, ' '));
  }

  /** Fresh tokens of the relay's local user, made by its operator's command. */
  async tokens(): Promise<Tokens> {
    const made = (await this.#relayCommand('token')) as Record<string, string & number>; // the command's own output
    return {
      accessToken: made['access_token']!,
      refreshToken: made['refresh_token']!,
      expiresIn: made['expires_in']!,
      clientId: made['client_id']!,
      userId: made['user_id']!,
    };
  }

  async #makeAccount(): Promise<LocalAccount | undefined> {
    const { account, password } = (await this.#relayCommand('password', '--first')) as Record<string, string>; // as above
    return account === undefined ? undefined : { name: account, password };
  }

  /** What one of the relay's commands prints. */
  async #relayCommand(...args: string[]): Promise<unknown> {
    const { stdout } = await promisify(execFile)(process.execPath, [RELAY_MAIN, ...args, '--json'], {
      env: this.#relayEnv(),
    });
    return JSON.parse(stdout);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bridge?.stop();
    await Promise.all([this.relay?.stop(), this.engine?.child?.stop()]);
  }

  #relayEnv(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      // The shell's own, meant for something else: this relay is for this computer.
      HOST: '127.0.0.1',
      TLS_CERT: '',
      TLS_KEY: '',
      PORT: String(this.#port),
      PUBLIC_URL: this.publicUrl,
      DATA_DIR: this.dataDir,
      WEB_DIR,
      ...this.#options.relayEnv,
    };
  }

  #log(part: string): string {
    return join(this.dataDir, 'logs', `${part}.log`);
  }

  #report(part: Part, state: 'working' | 'done', detail: string): void {
    this.#options.report?.(part, state, detail);
  }
}
