import { CommanderError, type Command } from 'commander';
import { BridgeError, EXIT_CODES, type BridgeErrorCode } from '../bridge-error.ts';
import { DEFAULT_PROFILE, readConfig } from '../config.ts';
import { printable } from '../printable.ts';
import { fileTrouble } from './file-trouble.ts';
import { forProfile } from './for-profile.ts';
import { surviveLostReaders } from './lost-reader.ts';
import { createProgram } from './program.ts';

/** Does what the command line says, and sets the exit code. With `--json` what goes wrong is JSON too. */
export async function runProgram(argv: readonly string[] = process.argv): Promise<void> {
  surviveLostReaders([process.stdout, process.stderr]);
  const program = createProgram();
  const json = wantsJson(argv);
  if (json) forEachCommand(program, (command) => command.configureOutput({ outputError: () => {} }));
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return;
    const { code, message: said, isForPerson = false } = await describe(error);
    const message = forProfile(said, profileOf(program));
    process.exitCode = EXIT_CODES[code];
    if (json) console.error(JSON.stringify({ code, message, exitCode: EXIT_CODES[code] }));
    else if (isForPerson) console.error(message);
    else if (!(error instanceof CommanderError)) console.error(error); // commander has said what is wrong
  }
}

interface Described {
  code: BridgeErrorCode;
  message: string;
  /** The message says it all: no stack. */
  isForPerson?: boolean;
}

async function describe(error: unknown): Promise<Described> {
  const message = printable(error instanceof Error ? error.message : String(error));
  if (error instanceof CommanderError) return { code: 'usage', message: message.replace(/^error: /, '') };
  if (error instanceof BridgeError) return { code: error.code, message, isForPerson: true };
  const trouble = fileTrouble(error);
  if (trouble !== undefined) return { code: 'failed', message: printable(trouble), isForPerson: true };
  const { RelayApiError } = await import('../relay-api.ts'); // only now: it brings the whole protocol with it
  if (!(error instanceof RelayApiError)) return { code: 'failed', message };
  const code = error.status === 401 ? 'not_signed_in' : error.shouldRetry() ? 'unreachable' : 'failed';
  return { code, message, isForPerson: true };
}

function profileOf(program: Command): string {
  try {
    return readConfig(process.env, program.opts<{ profile?: string }>().profile).profile;
  } catch {
    return DEFAULT_PROFILE; // what was given names none, which is what is being said
  }
}

/** Known before the command line is understood, so that this too can fail in JSON. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(2, end === -1 ? undefined : end).includes('--json');
}

function forEachCommand(command: Command, work: (command: Command) => void): void {
  work(command);
  for (const child of command.commands) forEachCommand(child, work);
}
