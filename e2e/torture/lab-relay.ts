import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { promisify } from 'node:util';
import { createClient, type Client } from '@cloudtolocalllm/sdk';
import { Child } from '../../dev/src/child.ts';
import { freePort } from '../../dev/src/free-port.ts';
import { RELAY_NAME } from './lab-network.ts';
import { Timeline } from './timeline.ts';

const RELAY_MAIN = new URL('../../apps/relay/src/main.ts', import.meta.url).pathname;
const LOOK_MS = 100;
/** A relay that a person restarts does not wait for long answers. */
const SHUTDOWN_GRACE_SECONDS = '2';

export interface LabTokens {
  access_token: string;
  refresh_token: string;
  expires_in: number;
  client_id: string;
}

/** A relay with TLS at an address of the lab, and what it says of each bridge from moment to moment. */
export class LabRelay implements AsyncDisposable {
  readonly port: number;
  /** Where bridges find it. */
  readonly publicUrl: string;
  /** Where this process does. */
  readonly url: string;
  /** Of its own certificate. */
  readonly caFile: string;
  readonly logFile: string;
  token = '';
  client!: Client;
  readonly #env: NodeJS.ProcessEnv;
  readonly #states = new Map<string, Timeline>();
  readonly #stopped = new AbortController();
  #watching: Promise<void> | undefined;
  child!: Child;

  private constructor(dataDir: string, address: string, port: number) {
    this.port = port;
    this.publicUrl = `https://${RELAY_NAME}:${port}`;
    this.url = `https://${address}:${port}`;
    this.caFile = join(dataDir, 'cert.pem');
    this.logFile = join(dataDir, 'relay.log');
    this.#env = {
      ...process.env,
      HOST: address,
      PORT: String(port),
      PUBLIC_URL: this.publicUrl,
      DATA_DIR: dataDir,
      TLS_CERT: this.caFile,
      TLS_KEY: join(dataDir, 'key.pem'),
      SHUTDOWN_GRACE_SECONDS,
      // Its own sign-in is for this very computer otherwise, and the homes are others.
      EMBEDDED_SIGN_IN_EVERYWHERE: 'true',
      // This process looks all the time.
      RATE_LIMIT_USER_PER_HOUR: '1000000',
      RATE_LIMIT_ADDRESS_PER_HOUR: '1000000',
    };
  }

  static async start(dataDir: string, address: string): Promise<LabRelay> {
    mkdirSync(dataDir, { recursive: true });
    const relay = new LabRelay(dataDir, address, (await freePort())!); // none was asked for: any is found
    await relay.#certify(address);
    setDefaultCACertificates([...getCACertificates('default'), readFileSync(relay.caFile, 'utf8')]);
    await relay.startProcess();
    relay.token = (await relay.tokens()).access_token;
    relay.client = createClient({ baseUrl: relay.url, token: () => relay.token });
    relay.#watching = relay.#watch();
    return relay;
  }

  /** Starts its process, again after it was ended. */
  async startProcess(): Promise<void> {
    this.child = new Child({ args: [RELAY_MAIN], env: this.#env, logFile: this.logFile });
    await this.child.until(
      'The relay did not start',
      async () => (await fetch(`${this.url}/api/health`)).ok || undefined,
    );
  }

  /** Fresh tokens of its local user, by its operator's command. */
  async tokens(): Promise<LabTokens> {
    const args = [RELAY_MAIN, 'token', '--json'];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: this.#env });
    return JSON.parse(stdout) as LabTokens; // the command's own output
  }

  /** What it says of the bridge with this name: connected, with which engine and how many models. */
  states(name: string): Timeline {
    let timeline = this.#states.get(name);
    if (!timeline) this.#states.set(name, (timeline = new Timeline()));
    return timeline;
  }

  async bridgeId(name: string): Promise<string> {
    const found = (await this.client.bridges.list()).find((bridge) => bridge.name === name);
    if (!found) throw new Error(`the relay has no bridge "${name}"`);
    return found.bridgeId;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await this.#watching;
    await this.child.stop();
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      const bridges = await this.client.bridges.list({ signal }).catch(() => []); // it may be down
      for (const { name, status, client } of bridges) {
        this.states(name).add(`${status}, ${client.ollamaStatus}, ${client.models.length} models`);
      }
      await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
    }
  }

  async #certify(address: string): Promise<void> {
    const files = ['-keyout', this.#env['TLS_KEY']!, '-out', this.caFile]; // set above
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const names = ['-subj', `/CN=${RELAY_NAME}`, '-addext', `subjectAltName=DNS:${RELAY_NAME},IP:${address}`];
    await promisify(execFile)('openssl', ['req', '-x509', '-days', '2', ...key, ...files, ...names]);
  }
}
