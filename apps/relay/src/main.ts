import { parseArgs } from 'node:util';
import { readConfig } from './config.ts';
import { printToken } from './print-token.ts';
import { serve } from './serve.ts';

const USAGE = `Usage: main.ts            runs the relay
       main.ts token      prints an access token of the local user
       main.ts token --json`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  strict: false,
  options: { json: { type: 'boolean' }, help: { type: 'boolean' } },
});
const [command, ...rest] = positionals;

try {
  if (values.help) console.log(USAGE);
  else if (command === undefined) await serve(readConfig());
  else if (command === 'token' && rest.length === 0) await printToken(readConfig(), { json: values.json === true });
  else throw new Error(`Unknown command "${positionals.join(' ')}"\n${USAGE}`);
} catch (error) {
  console.error((error as Error).message);
  for (let { cause } = error as Error; cause instanceof Error; { cause } = cause) console.error(`  because: ${cause.message}`);
  process.exitCode = 1;
}
