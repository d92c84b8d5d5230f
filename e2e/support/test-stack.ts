import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stack, type StackOptions, type Tokens } from '../../dev/src/stack.ts';
import { createClient, type Client } from '@cloudtolocalllm/sdk';
import { loadCredentials } from '../../apps/bridge/src/credentials.ts';
import { assertNoSecrets, type Secrets, type Texts } from './assert-no-secrets.ts';

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

  /** Of the relay's own account: a test's stack starts for the first time. */
  get password(): string {
    const password = this.stack.account?.password;
    if (password === undefined) throw new Error('the relay has made no password');
    return password;
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

  /** What all its processes have printed until now, and the log that the bridge keeps, by file. */
  async logs(): Promise<Texts> {
    return {
      ...(await textsIn(join(this.stack.dataDir, 'logs'))),
      ...(await textsIn(join(this.stack.dataDir, 'bridge', 'logs'), 'bridge/')),
    };
  }

  /** Stops everything; throws when a log of the whole run holds one of its tokens. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.stack[Symbol.asyncDispose]();
      assertNoSecrets(await this.logs(), await this.#secrets());
    } finally {
      await rm(this.#directory, { recursive: true, force: true });
    }
  }

  async #secrets(): Promise<Secrets> {
    const bridge = await loadCredentials(join(this.stack.dataDir, 'bridge'));
    return {
      'an access token': this.tokens.accessToken,
      'a refresh token': this.tokens.refreshToken,
      "the bridge's access token": bridge?.accessToken,
      "the bridge's refresh token": bridge?.refreshToken,
      'the password of the local account': this.stack.account?.password,
    };
  }
}

/** The texts of a folder's files, by their names; none when there is no folder. */
async function textsIn(folder: string, prefix = ''): Promise<Texts> {
  const files = await readdir(folder).catch(() => []);
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [prefix + file, await readFile(join(folder, file), 'utf8')])),
  );
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
