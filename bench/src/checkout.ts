import { access, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Stack } from '../../dev/src/stack.ts';

/** A working copy of this project, whose own sources run its relay and bridge. */
export interface Checkout {
  relayMain: string;
  /** Its own, which knows what its relay and bridge want to be started with. */
  Stack: Pick<typeof Stack, 'start'>;
}

export const OWN_DIRECTORY = fileURLToPath(new URL('../..', import.meta.url));

/** @throws Error when there is no checkout, or when its packages are another checkout's sources. */
export async function openCheckout(directory: string): Promise<Checkout> {
  const root = await realpath(directory);
  const stack = join(root, 'dev/src/stack.ts');
  await access(stack).catch((cause: unknown) => {
    const state = 'it is no checkout of this project, for it has no dev/src/stack.ts';
    throw new Error(`Cannot use ${directory}: ${state}`, { cause });
  });
  await expectOwnPackages(root);
  // as: the same module, another day
  const { Stack } = (await import(pathToFileURL(stack).href)) as { Stack: Checkout['Stack'] };
  return { relayMain: join(root, 'apps/relay/src/main.ts'), Stack };
}

/** A node_modules that is a link to another checkout's leads to that one's packages: half of what runs would be its. */
async function expectOwnPackages(root: string): Promise<void> {
  const target = await realpath(join(root, 'node_modules/@cloudtolocalllm/protocol')).catch(() => undefined);
  if (target === join(root, 'packages', 'protocol')) return;
  const state = target === undefined ? 'its packages are not installed' : `its packages are those of ${target}`;
  throw new Error(`Cannot use ${root}: ${state}. Run "npm ci" there, or copy a node_modules to it with "cp -a"`);
}
