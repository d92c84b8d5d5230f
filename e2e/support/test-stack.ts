import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stack, type StackOptions, type Tokens } from '../../dev/src/stack.ts';
import { createClient, type Client } from '@cloudtolocalllm/sdk';

/** A whole stack with the demo engine in a temporary folder, and a client that is signed in. */
export class TestStack implements AsyncDisposable {
  readonly stack: Stack;
  readonly tokens: Tokens;
  readonly client: Client;
  readonly #directory: string;

  private constructor(stack: Stack, tokens: Tokens, directory: string) {
    this.stack = stack;
    this.tokens = tokens;
    this.#directory = directory;
    this.client = createClient({ baseUrl: stack.url, token: () => tokens.accessToken });
  }

  static async start(options: Partial<StackOptions> = {}): Promise<TestStack> {
    const directory = await mkdtemp(join(tmpdir(), 'c2l-e2e-'));
    const stack = await Stack.start({ engine: 'demo', dataDir: directory, ...options });
    return new TestStack(stack, await stack.tokens(), directory);
  }

  get authorization(): { authorization: string } {
    return { authorization: `Bearer ${this.tokens.accessToken}` };
  }

  /** The id of the one bridge of the stack. */
  async bridgeId(): Promise<string> {
    const [bridge] = await this.client.bridges.list();
    if (!bridge) throw new Error('the stack has no bridge');
    return bridge.bridgeId;
  }

  /** Waits until the bridge is connected and its engine is as expected. */
  async untilBridge(expected: { status: string; ollamaStatus?: string }, timeoutMs = 20_000): Promise<void> {
    await until(`bridge ${JSON.stringify(expected)}`, timeoutMs, async () => {
      const bridges = await this.client.bridges.list();
      return bridges.some(
        ({ status, client }) =>
          status === expected.status && (!expected.ollamaStatus || client.ollamaStatus === expected.ollamaStatus),
      );
    });
  }

  /** Generations running in the demo engine. */
  async activeGenerations(): Promise<number> {
    const response = await fetch(new URL('/api/ps', this.stack.engine.url));
    const { models } = (await response.json()) as { models: { active: number }[] }; // the demo engine's own field
    return models.reduce((sum, { active }) => sum + active, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stack[Symbol.asyncDispose]();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** Polls until `look` is true; throws with `what` after the time. */
export async function until(what: string, timeoutMs: number, look: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    if (await Promise.resolve(look()).catch(() => false)) return;
    if (performance.now() > deadline) throw new Error(`Not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
