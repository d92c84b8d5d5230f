import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { openCheckout } from './checkout.ts';

/** A folder with what is looked at in a checkout. */
async function makeCheckout(t: TestContext): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'c2l-checkout-'));
  t.after(() => rm(root, { recursive: true }));
  await mkdir(join(root, 'dev/src'), { recursive: true });
  await mkdir(join(root, 'packages/protocol'), { recursive: true });
  await writeFile(
    join(root, 'dev/src/stack.ts'),
    "export const Stack = { start: () => 'started by its own sources' };",
  );
  await writeFile(join(root, 'package.json'), '{ "type": "module" }');
  return root;
}

async function installPackages(root: string): Promise<void> {
  await mkdir(join(root, 'node_modules/@cloudtolocalllm'), { recursive: true });
  await symlink('../../packages/protocol', join(root, 'node_modules/@cloudtolocalllm/protocol'));
}

test('a checkout is started by its own sources', async (t) => {
  const root = await makeCheckout(t);
  await installPackages(root);
  const { relayMain, Stack } = await openCheckout(root);
  assert.equal(relayMain, join(root, 'apps/relay/src/main.ts'));
  // as: the double takes no options
  assert.equal((Stack.start as unknown as () => string)(), 'started by its own sources');
});

test('refuses a checkout whose node_modules is a link to those of another', async (t) => {
  const [root, other] = [await makeCheckout(t), await makeCheckout(t)];
  await installPackages(other);
  await symlink(join(other, 'node_modules'), join(root, 'node_modules'));
  await assert.rejects(openCheckout(root), { message: new RegExp(`its packages are those of ${other}`) });
});

test('refuses a checkout without its packages, and a folder that is none', async (t) => {
  const root = await makeCheckout(t);
  await assert.rejects(openCheckout(root), /its packages are not installed/);
  await rm(join(root, 'dev'), { recursive: true });
  await assert.rejects(openCheckout(root), /is no checkout of this project/);
});
