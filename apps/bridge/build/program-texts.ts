import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

const run = promisify(execFile);

/** What the program writes about itself, by the command that does, and where Debian looks for it. */
const TEXTS: readonly (readonly [command: string, args: readonly string[], path: string])[] = [
  ['man', [], '/usr/share/man/man1/cloudtolocalllm.1.gz'],
  ['completion', ['bash'], '/usr/share/bash-completion/completions/cloudtolocalllm'],
  ['completion', ['zsh'], '/usr/share/zsh/vendor-completions/_cloudtolocalllm'],
  ['completion', ['fish'], '/usr/share/fish/vendor_completions.d/cloudtolocalllm.fish'],
];

/**
 * The man page and the completions of a built program, by path, as it prints them itself.
 * @throws Error when it fails at one, or prints nothing.
 */
export async function programTexts(executable: string): Promise<Record<string, string | Buffer>> {
  const files: Record<string, string | Buffer> = {};
  for (const [command, args, path] of TEXTS) {
    const { stdout } = await run(executable, [command, ...args], { env: {} });
    if (stdout.trim() === '') throw new Error(`Cannot package the program: its ${command} ${args.join(' ')} is empty`);
    files[path] = path.endsWith('.gz') ? gzipSync(stdout, { level: 9 }) : stdout;
  }
  return files;
}
