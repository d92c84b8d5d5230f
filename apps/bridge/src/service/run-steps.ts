import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BridgeError } from '../bridge-error.ts';
import type { RunTool, Step } from './service.ts';

/** Does what a manager has planned, in order. Throws BridgeError at the first step that fails and had to succeed. */
export async function runSteps(steps: readonly Step[], run: RunTool): Promise<void> {
  for (const step of steps) {
    try {
      await runStep(step, run);
    } catch (error) {
      if (error instanceof BridgeError) throw error;
      const { code, message } = error as NodeJS.ErrnoException;
      const what =
        code === 'EACCES' || code === 'EPERM' ? 'not permitted: run it with sudo, or without --system' : message;
      throw new BridgeError('failed', `Cannot change the service: ${what}`, { cause: error });
    }
  }
}

async function runStep(step: Step, run: RunTool): Promise<void> {
  if (step.kind === 'write') {
    await mkdir(dirname(step.path), { recursive: true });
    await writeFile(step.path, step.content, { mode: step.mode });
    await chmod(step.path, step.mode); // also of a file that was there
  } else if (step.kind === 'remove') {
    await rm(step.path, { force: true, recursive: true });
  } else {
    const { code, stderr, stdout } = await run(step.command);
    if (code === 0 || step.mayFail) return;
    const said = (stderr || stdout).trim() || `exit code ${code ?? 'unknown'}`;
    throw new BridgeError('failed', `Cannot run ${step.command.join(' ')}: ${said}`);
  }
}

/** The steps for `--dry-run`: what would be written, and commands as one types them. */
export function stepsText(steps: readonly Step[]): string {
  return steps
    .map((step) => {
      if (step.kind === 'remove') return `# remove ${step.path}`;
      if (step.kind === 'run') return step.command.map((word) => shellWord(word)).join(' ');
      const text =
        typeof step.content === 'string' ? step.content : step.content.toString('utf16le').replace('\uFEFF', '');
      return `# write ${step.path} (mode ${step.mode.toString(8).padStart(4, '0')})\n${text.trimEnd()}\n`;
    })
    .join('\n');
}

/** A word as a POSIX shell takes it. */
export function shellWord(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
