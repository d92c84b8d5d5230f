import { parseArgs } from 'node:util';
import { readConfig } from './config.ts';
import { printPassword } from './print-password.ts';
import { printToken } from './print-token.ts';
import { serve } from './serve.ts';

const USAGE = `Usage: main.ts                  runs the relay
       main.ts token            prints an access token of the local user
       main.ts password         sets a new password for the local account and prints it
       main.ts password --first only if it has none yet
Options: --json (of token and password)`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  strict: false,
  options: { json: { type: 'boolean' }, first: { type: 'boolean' }, help: { type: 'boolean' } },
});
const [command, ...rest] = positionals;

try {
  if (values.help) process.stdout.write(`${USAGE}\n`);
  else if (command === undefined) await serve(readConfig());
  else if (command === 'token' && rest.length === 0) await printToken(readConfig(), { json: values.json === true });
  else if (command === 'password' && rest.length === 0) {
    await printPassword(readConfig(), { first: values.first === true, json: values.json === true });
  } else throw new Error(`Unknown command "${positionals.join(' ')}"\n${USAGE}`);
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}

/** The message and those of its causes, each on a line. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}\n  because: ${explain(error.cause)}`;
}
