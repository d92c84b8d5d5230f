import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { request } from 'node:https';
import { get } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Child } from '../../dev/src/child.ts';
import { freePort } from '../../dev/src/free-port.ts';

import { RAISED_LIMITS } from './raised-limits.ts';

const RELAY_MAIN = new URL('../../apps/relay/src/main.ts', import.meta.url).pathname;

/** A relay alone, with TLS if asked for; stopped and started again on the same data and address. */
export class RelayProcess implements AsyncDisposable {
  readonly origin: string;
  /** Its own certificate, in PEM. */
  readonly ca: string | undefined;
  readonly #env: NodeJS.ProcessEnv;
  readonly #dataDir: string;
  #child: Child | undefined;

  private constructor(origin: string, dataDir: string, env: NodeJS.ProcessEnv, ca: string | undefined) {
    this.origin = origin;
    this.#dataDir = dataDir;
    this.#env = env;
    this.ca = ca;
  }

  static async create(dataDir: string, tls: boolean): Promise<RelayProcess> {
    mkdirSync(dataDir, { recursive: true });
    const port = await freePort();
    const origin = `${tls ? 'https' : 'http'}://localhost:${port}`;
    const env: NodeJS.ProcessEnv = { PORT: String(port), PUBLIC_URL: origin, DATA_DIR: dataDir, ...RAISED_LIMITS };
    if (!tls) return new RelayProcess(origin, dataDir, env, undefined);
    const files = await selfSigned(dataDir);
    return new RelayProcess(origin, dataDir, { ...env, ...files }, readFileSync(files.TLS_CERT, 'utf8'));
  }

  get pid(): number {
    if (!this.#child?.running) throw new Error('The relay does not run');
    return this.#child.process.pid!; // it runs
  }

  async start(): Promise<void> {
    const child = new Child({ args: [RELAY_MAIN], env: this.#env, logFile: join(this.#dataDir, 'relay.log') });
    this.#child = child;
    await child.until('The relay did not start', async () => ((await this.#healthStatus()) === 200 ? true : undefined));
  }

  async stop(): Promise<void> {
    await this.#child?.stop();
  }

  async accessToken(): Promise<string> {
    const { stdout } = await promisify(execFile)(process.execPath, [RELAY_MAIN, 'token', '--json'], { env: this.#env });
    return (JSON.parse(stdout) as { access_token: string }).access_token; // the command's own output
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
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
