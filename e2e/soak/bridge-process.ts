import { readdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { saveCredentials } from '../../apps/bridge/src/credentials.ts';
import { Child } from '../../dev/src/child.ts';
import { TestStack, until } from '../support/test-stack.ts';

const BRIDGE_MAIN = new URL('../../apps/bridge/src/main.ts', import.meta.url).pathname;
const DIAGNOSTICS = new URL('bridge-diagnostics.ts', import.meta.url).pathname;
const MB = 1024 * 1024;
const LOOK_MS = 30_000;

/** What the bridge holds after all garbage was collected. */
export interface Holding {
  residentMb: number;
  heapMb: number;
  externalMb: number;
  openFiles: number;
  timers: number;
  /** Sockets, pipes and the like. */
  others: number;
}

/** A bridge of the stack's person that says what it holds. */
export class BridgeProcess implements AsyncDisposable {
  readonly child: Child;
  readonly #file: string;

  private constructor(child: Child, file: string) {
    this.child = child;
    this.#file = file;
  }

  /** Resolves when it is online. */
  static async start({ stack }: TestStack): Promise<BridgeProcess> {
    const home = join(stack.dataDir, 'bridge');
    const file = join(stack.dataDir, 'holding.json');
    const tokens = await stack.tokens();
    await saveCredentials(home, {
      relay: stack.publicUrl,
      clientId: crypto.randomUUID(),
      issuer: `${stack.publicUrl}/oidc`,
      oidcClientId: tokens.clientId,
      accessToken: tokens.accessToken,
      accessTokenExpires: Date.now() + tokens.expiresIn * 1000,
      refreshToken: tokens.refreshToken,
    });
    const child = new Child({
      args: ['--expose-gc', '--import', DIAGNOSTICS, BRIDGE_MAIN, 'up', '--engine-url', stack.engine.url.origin],
      env: { ...process.env, CLOUDTOLOCALLLM_HOME: home, DIAGNOSTICS_FILE: file, NO_COLOR: '1' },
      logFile: join(stack.dataDir, 'logs', 'bridge.log'),
    });
    await child.until('The bridge did not come online', async () => /^online /m.exec(child.tail)?.[0]);
    return new BridgeProcess(child, file);
  }

  async holding(): Promise<Holding> {
    rmSync(this.#file, { force: true });
    this.child.process.kill('SIGUSR2');
    let told: { rss: number; heapUsed: number; external: number; resources: Record<string, number> } | undefined;
    await until('the bridge says what it holds', LOOK_MS, async () => {
      told = JSON.parse(await readFile(this.#file, 'utf8')) as typeof told; // written by bridge-diagnostics.ts
      return true;
    });
    const { rss, heapUsed, external, resources } = told!; // until has seen it
    const { Timeout: timers = 0, ...rest } = resources;
    return {
      residentMb: rss / MB,
      heapMb: heapUsed / MB,
      externalMb: external / MB,
      openFiles: readdirSync(`/proc/${this.child.process.pid}/fd`).length,
      timers,
      others: Object.values(rest).reduce((sum, count) => sum + count, 0),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.child.stop();
  }
}
