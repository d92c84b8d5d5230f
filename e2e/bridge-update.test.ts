import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import { Child } from '../dev/src/child.ts';
import { AlteringFront } from './support/altering-front.ts';
import { bridgeArgs, bridgeEnv, runBridge } from './support/run-bridge.ts';
import { signedInHome } from './support/signed-in-home.ts';
import { TestStack, until } from './support/test-stack.ts';

const TOLD = /^A newer version of this program is there: 99\.0\.0 /m;

it('up tells of the newer version that its relay has, unless that is not wanted', async () => {
  let port = 0;
  await using front = await AlteringFront.start(() => port, { relayVersion: '99.0.0' });
  await using stack = await TestStack.start({
    publicUrl: front.url,
    starting: (chosen) => (port = chosen),
    bridge: false,
  });
  const up = async (name: string, args: string[], env: NodeJS.ProcessEnv): Promise<Child> => {
    const home = await signedInHome(stack, name);
    const logFile = join(stack.stack.dataDir, 'logs', `bridge-${name}.log`);
    const engine = ['--engine-url', stack.stack.engine.url.origin];
    const child = new Child({ args: bridgeArgs('up', ...engine, ...args), env: bridgeEnv(home, env), logFile });
    await child.until('no bridge', async () => /^online /m.exec(child.tail)?.[0]);
    return child;
  };
  const bridges = await Promise.all([
    up('told', [], {}),
    up('option', ['--no-update-check'], {}),
    up('variable', [], { CLOUDTOLOCALLLM_UPDATE_CHECK: 'off' }),
  ]);
  try {
    await until('told', 10_000, () => TOLD.test(bridges[0].tail));
    assert.doesNotMatch(bridges[1].tail, TOLD);
    assert.doesNotMatch(bridges[2].tail, TOLD);
    const examined = await runBridge(join(stack.stack.dataDir, 'home-told'), ['doctor', '--no-exchange']);
    assert.match(examined.stdout, /^ok +Relay +version 99\.0\.0, newer than this program's/m);
  } finally {
    await Promise.all(bridges.map((bridge) => bridge.stop()));
  }
});
