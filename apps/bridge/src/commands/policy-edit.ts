import { spawn } from 'node:child_process';
import { chmod, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { platform } from 'node:os';
import { BridgeError } from '../bridge-error.ts';
import type { BridgeConfig } from '../config.ts';
import { parsePolicy } from '../policy/parse-policy.ts';
import { initPolicyFile, policyPath, readPolicyText } from '../policy/policy-file.ts';
import { PolicyFileError } from '../policy/policy-file-error.ts';

/** `policy edit`: a copy goes to the editor, and is taken when it is right. Throws BridgeError when it is not. */
export async function editPolicy(config: BridgeConfig): Promise<void> {
  const path = policyPath(config.directory);
  if (config.editor === undefined && !process.stdin.isTTY) {
    throw new BridgeError(
      'usage',
      `There is no terminal for an editor: name one in EDITOR, or change ${path} yourself`,
    );
  }
  await initPolicyFile(path);
  const before = (await readPolicyText(path).catch(unreadable)) ?? '';
  const target = await realpath(path); // a link stays one
  const copy = `${target}.${crypto.randomUUID().slice(0, 8)}.yaml`;
  try {
    await writeFile(copy, before, { mode: 0o600 });
    await chmod(copy, (await stat(target)).mode & 0o777);
    await editUntilRight(config, path, copy);
    const edited = await readPolicyText(copy);
    if (edited === before) return console.log('Nothing has changed.');
    if (((await readPolicyText(path).catch(unreadable)) ?? '') !== before) {
      throw new BridgeError('failed', `${path} was changed by somebody else meanwhile: edit it again`);
    }
    await rename(copy, target);
    console.log(`Taken: ${path}. A bridge that runs goes by it from now on.`);
  } finally {
    await rm(copy, { force: true });
  }
}

/** A file that is not even text is begun anew. */
function unreadable(error: unknown): undefined {
  if (!(error instanceof PolicyFileError)) throw error;
  return undefined;
}

async function editUntilRight(config: BridgeConfig, path: string, copy: string): Promise<void> {
  for (;;) {
    await openEditor(config.editor ?? (platform() === 'win32' ? 'notepad' : 'vi'), copy);
    try {
      const text = await readPolicyText(copy);
      if (text === undefined)
        throw new BridgeError('failed', 'The editor left no file, so the policy stays as it was.');
      parsePolicy(text, path);
      return;
    } catch (error) {
      if (!(error instanceof PolicyFileError)) throw error;
      if (!process.stdin.isTTY || !process.stdout.isTTY) throw error;
      console.error(error.message);
      const { confirm, isCancel } = await import('@clack/prompts');
      const again = await confirm({ message: 'Edit it again? (No: leave the policy as it was)' });
      if (isCancel(again) || !again) throw new BridgeError('failed', 'The policy stays as it was.', { cause: error });
    }
  }
}

/** The editor as its variable says it, which may have arguments. */
async function openEditor(editor: string, path: string): Promise<void> {
  const child =
    platform() === 'win32'
      ? spawn(`${editor} "${path}"`, { shell: true, stdio: 'inherit' })
      : spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', path], { stdio: 'inherit' });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('exit', resolve).once('error', reject);
  const code = await promise;
  if (code !== 0) {
    throw new BridgeError(
      'failed',
      `The editor "${editor}" ended with ${code ?? 'a signal'}, so the policy stays as it was. Name another one in EDITOR.`,
    );
  }
}
