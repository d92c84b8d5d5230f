import { join } from 'node:path';
import { saveCredentials } from '../../apps/bridge/src/credentials.ts';
import { Child } from '../../dev/src/child.ts';
import { startDemoEngine, type RunningEngine } from '../../dev/src/engine.ts';
import type { TestStack } from './test-stack.ts';

const BRIDGE_MAIN = new URL('../../apps/bridge/src/main.ts', import.meta.url).pathname;

/** Another computer of the stack's person: a bridge with a demo engine of its own. */
export class ExtraBridge implements AsyncDisposable {
  readonly name: string;
  readonly engine: RunningEngine & { child: Child };
  bridge!: Child;
  readonly #stack: TestStack;
  readonly #args: readonly string[];

  private constructor(stack: TestStack, name: string, engine: ExtraBridge['engine'], args: readonly string[]) {
    this.#stack = stack;
    this.name = name;
    this.engine = engine;
    this.#args = args;
  }

  /** Starts its engine and its bridge, signed in as the stack's person; resolves when it is online. */
  static async start(
    stack: TestStack,
    name: string,
    { engineArgs = [], bridgeArgs = [] }: { engineArgs?: readonly string[]; bridgeArgs?: readonly string[] } = {},
  ): Promise<ExtraBridge> {
    const { dataDir, publicUrl: relay } = stack.stack;
    const engine = await startDemoEngine({
      dataDir: join(dataDir, 'engine'),
      logFile: join(dataDir, 'logs', `engine-${name}.log`),
      env: process.env,
      args: engineArgs,
    });
    const tokens = await stack.stack.tokens();
    const extra = new ExtraBridge(stack, name, engine, bridgeArgs);
    await saveCredentials(extra.#home, {
      relay,
      clientId: crypto.randomUUID(),
      issuer: `${relay}/oidc`,
      oidcClientId: tokens.clientId,
      accessToken: tokens.accessToken,
      accessTokenExpires: Date.now() + tokens.expiresIn * 1000,
      refreshToken: tokens.refreshToken,
    });
    await extra.startBridge();
    return extra;
  }

  get #home(): string {
    return join(this.#stack.stack.dataDir, `bridge-${this.name}`);
  }

  /** Starts its bridge, again after it was stopped. */
  async startBridge(): Promise<void> {
    const args = [BRIDGE_MAIN, 'up', '--name', this.name, '--engine-url', this.engine.url.origin, ...this.#args];
    const env = { ...process.env, CLOUDTOLOCALLLM_HOME: this.#home, NO_COLOR: '1' };
    this.bridge = new Child({ args, env, logFile: join(this.#stack.stack.dataDir, 'logs', `bridge-${this.name}.log`) });
    await this.bridge.until('The bridge did not come online', async () => /^online .*$/m.exec(this.bridge.tail)?.[0]);
  }

  /** Its id at the relay. */
  async id(): Promise<string> {
    const found = (await this.#stack.client.bridges.list()).find(({ name }) => name === this.name);
    if (!found) throw new Error(`the relay has no bridge "${this.name}"`);
    return found.bridgeId;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bridge.stop();
    this.engine.child.process.kill('SIGCONT'); // a test may have held it
    await this.engine.child.stop();
  }
}
