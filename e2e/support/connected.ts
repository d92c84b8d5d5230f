import { join } from 'node:path';
import { Child } from '../../dev/src/child.ts';
import { bridgeArgs, bridgeEnv } from './run-bridge.ts';
import { signedInHome } from './signed-in-home.ts';
import type { TestStack } from './test-stack.ts';

/** `cloudtolocalllm connect` on a second computer. */
export class Connected implements AsyncDisposable {
  readonly child: Child;
  readonly home: string;
  url = '';

  private constructor(child: Child, home: string) {
    this.child = child;
    this.home = home;
  }

  static async start(
    stack: TestStack,
    name: string,
    options: { args?: string[]; credentials?: Parameters<typeof signedInHome>[2] } = {},
  ): Promise<Connected> {
    const home = await signedInHome(stack, name, options.credentials);
    const args = bridgeArgs('connect', '--port', '0', ...(options.args ?? []));
    const logFile = join(stack.stack.dataDir, 'logs', `connect-${name}.log`);
    const connected = new Connected(new Child({ args, env: bridgeEnv(home), logFile }), home);
    connected.url = await connected.child.until('connect does not listen', async () => {
      return /^Listening at (\S+) [^]*\n\S/m.exec(connected.child.tail)?.[1];
    });
    return connected;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.child.stop();
  }
}
