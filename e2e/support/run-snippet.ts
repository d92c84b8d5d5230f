import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

const E2E = new URL('..', import.meta.url).pathname;

/** Runs what a person would paste into a file or a terminal, with the packages of these tests; returns what it printed. */
export async function runSnippet(language: 'curl' | 'TypeScript', snippet: string): Promise<string> {
  const [command, ...args] = language === 'curl' ? ['sh'] : [process.execPath, '--input-type=module-typescript', '-'];
  const child = spawn(command, args, { cwd: E2E, stdio: ['pipe', 'pipe', 'pipe'], timeout: 30_000 });
  child.stdin.end(snippet);
  const [printed, complaints] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (printed === '') throw new Error(`The snippet printed nothing: ${complaints}`);
  return printed;
}
