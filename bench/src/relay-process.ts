import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { request } from 'node:https';
import { get } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Child } from '../../dev/src/child.ts';
import { freePort } from '../../dev/src/free-port.ts';
import { COLLECT_SIGNAL, collected } from './collect-signal.ts';
import { RAISED_LIMITS } from './raised-limits.ts';
import { expectNoneRefused } from './refused-in-log.ts';

const OWN_RELAY_MAIN = new URL('../../apps/relay/src/main.ts', import.meta.url).pathname;
const COLLECT_ON_SIGNAL = new URL('collect-on-signal.ts', import.meta.url).href;

export interface RelayProcessOptions {
  tls: boolean;
  /** The relay's main file in another checkout; absent: this one's. */
  relayMain?: string;
  /** More of its environment. */
  relayEnv?: NodeJS.ProcessEnv;
  /** Whether it can be asked to collect its garbage. */
  collects?: boolean;
}

/** A relay alone, with TLS if asked for; stopped and started again on the same data and address. */
export class RelayProcess implements AsyncDisposable {
  readonly origin: string;
  /** Its own certificate, in PEM. */
  readonly ca: string | undefined;
  readonly #main: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #dataDir: string;
  #child: Child | undefined;
  /** How often this child was asked to collect. */
  #collections = 0;

  private constructor(main: string, origin: string, dataDir: string, env: NodeJS.ProcessEnv, ca: string | undefined) {
    this.#main = main;
    this.origin = origin;
    this.#dataDir = dataDir;
    this.#env = env;
    this.ca = ca;
  }

  static async create(
    dataDir: string,
    { tls, relayMain = OWN_RELAY_MAIN, relayEnv, collects = false }: RelayProcessOptions,
  ): Promise<RelayProcess> {
    mkdirSync(dataDir, { recursive: true });
    const port = await freePort();
    const origin = `${tls ? 'https' : 'http'}://localhost:${port}`;
    const address = { PORT: String(port), PUBLIC_URL: origin };
    const options = collects ? { NODE_OPTIONS: `--import=${COLLECT_ON_SIGNAL}` } : {};
    const env = { LOG_LEVEL: 'info', ...RAISED_LIMITS, ...relayEnv, ...options, ...address, DATA_DIR: dataDir };
    if (!tls) return new RelayProcess(relayMain, origin, dataDir, env, undefined);
    const files = await selfSigned(dataDir);
    return new RelayProcess(relayMain, origin, dataDir, { ...env, ...files }, readFileSync(files.TLS_CERT, 'utf8'));
  }

  get pid(): number {
    if (!this.#child?.running) throw new Error('The relay does not run');
    return this.#child.process.pid!; // it runs
  }

  async start(): Promise<void> {
    const child = new Child({ args: [this.#main], env: this.#env, logFile: this.#logFile });
    this.#child = child;
    this.#collections = 0;
    await child.until('The relay did not start', async () => ((await this.#healthStatus()) === 200 ? true : undefined));
  }

  async stop(): Promise<void> {
    await this.#child?.stop();
  }

  /** For one that `collects`: afterwards its memory is what it holds. */
  async collect(): Promise<void> {
    const said = collected(++this.#collections);
    process.kill(this.pid, COLLECT_SIGNAL);
    const child = this.#child;
    await child?.until('The relay did not collect its garbage', async () => child.tail.includes(said) || undefined);
  }

  async accessToken(): Promise<string> {
    const { stdout } = await promisify(execFile)(process.execPath, [this.#main, 'token', '--json'], { env: this.#env });
    return (JSON.parse(stdout) as { access_token: string }).access_token; // the command's own output
  }

  /** Stops it. @throws Error when its log holds a request that was refused. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    if (this.#child) await expectNoneRefused(this.#logFile);
  }

  get #logFile(): string {
    return join(this.#dataDir, 'relay.log');
  }

  #healthStatus(): Promise<number | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
    const url = `${this.origin}/api/health`;
    const asked = this.ca === undefined ? get(url) : request(url, { ca: this.ca }).end();
    asked.on('response', (response) => resolve((response.resume(), response.statusCode))).on('error', reject);
    return promise;
  }
}

/** A certificate for localhost that lives as long as the bench. */
async function selfSigned(directory: string): Promise<{ TLS_CERT: string; TLS_KEY: string }> {
  const files = { TLS_CERT: join(directory, 'cert.pem'), TLS_KEY: join(directory, 'key.pem') };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', files.TLS_KEY];
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  await promisify(execFile)('openssl', ['req', '-x509', '-days', '2', ...key, '-out', files.TLS_CERT, ...name]);
  return files;
}
