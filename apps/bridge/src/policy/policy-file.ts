import { constants } from 'node:fs';
import { mkdir, open, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parsePolicy } from './parse-policy.ts';
import { PolicyFileError } from './policy-file-error.ts';
import type { PolicySettings } from './policy-settings.ts';
import { POLICY_TEMPLATE } from './policy-template.ts';

/** Ten times what the program writes. */
const MAX_BYTES = 64 * 1024;

/** Where the policy of a profile is. */
export function policyPath(directory: string): string {
  return join(directory, 'policy.yaml');
}

/** Reads a policy file; undefined when there is none. Throws PolicyFileError for one that cannot be read or is wrong. */
export async function readPolicyFile(path: string): Promise<PolicySettings | undefined> {
  const text = await readPolicyText(path);
  return text === undefined ? undefined : parsePolicy(text, path);
}

/** The text of a policy file; undefined when there is none. Throws PolicyFileError. */
export async function readPolicyText(path: string): Promise<string | undefined> {
  const refuse = (reason: string, cause?: unknown): PolicyFileError =>
    new PolicyFileError(path, [{ line: 0, column: 0, source: '', reason }], { cause });
  let bytes: Buffer;
  try {
    // A link is followed, as those who keep their settings elsewhere expect; a pipe must not hold the program.
    await using file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    if (!(await file.stat()).isFile()) throw refuse('this is not a file: put a file there, or remove it');
    bytes = await readAtMost(file, MAX_BYTES + 1);
  } catch (error) {
    if (error instanceof PolicyFileError) throw error;
    const { code } = error as NodeJS.ErrnoException; // as: of the file system
    if (code === 'ENOENT') return undefined;
    throw refuse(`the file cannot be read (${code ?? 'unknown'}): make it readable for this user`, error);
  }
  if (bytes.length > MAX_BYTES) throw refuse('the file has more than 64 KB: shorten it');
  if (/^(?:\xff\xfe|\xfe\xff)/.test(bytes.subarray(0, 2).toString('latin1'))) {
    throw refuse('the file is saved as UTF-16: save it as UTF-8');
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw refuse('the file is not text in UTF-8: save it as UTF-8', error);
  }
  // An editor that saves empties the file first: nothing must open in that moment.
  if (text.trim() === '') {
    throw refuse('the file is empty: delete it and write it anew with: cloudtolocalllm policy init');
  }
  return text;
}

async function readAtMost(file: FileHandle, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  let length = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, length, bytes - length);
    length += bytesRead;
    if (bytesRead === 0 || length === bytes) return buffer.subarray(0, length);
  }
}

/** Writes the file with all its comments; false when there is one already. Throws what the file system does. */
export async function initPolicyFile(path: string): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  try {
    await writeFile(path, POLICY_TEMPLATE, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** What tells one version of the file from another: cheap, for a look every few seconds. */
export async function policySignature(path: string): Promise<string> {
  try {
    const { mtimeMs, ctimeMs, size, ino } = await stat(path);
    return `${mtimeMs} ${ctimeMs} ${size} ${ino}`;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
