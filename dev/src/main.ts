import { parseArgs, styleText } from 'node:util';
import { Stack, type Part } from './stack.ts';

const HELP = `Runs CloudToLocalLLM on this computer: relay, bridge, engine and web app.

Usage: npm start [-- options]

Options:
  --demo     use the demo engine even when an Ollama answers
  --watch    restart relay and bridge when their sources change (npm run dev)
  --help     this text

Environment:
  PORT         where the relay listens (default 3000)
  DATA_DIR     where everything is kept (default .data)
  OLLAMA_HOST  your own Ollama, if it is not at 127.0.0.1:11434; without one, a demo engine is started
`;

const { values } = parseArgs({
  options: { demo: { type: 'boolean' }, watch: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());

/** One line per step; on a terminal the line of a running step is rewritten in place. */
function report(part: Part, state: 'working' | 'done', detail: string): void {
  const name = part.padEnd(8);
  if (state === 'done')
    console.log(`${process.stdout.isTTY ? '\r\x1b[K' : ''}  ${styleText('green', '✔')} ${name} ${detail}`);
  else if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K  … ${name} ${detail}`);
  else console.log(`  … ${name} ${detail}`);
}

const { PORT: port = '3000', DATA_DIR: dataDir = '.data' } = process.env;
if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) {
  console.error(`PORT is "${port}": it has to be a number from 1 to 65535.`);
  process.exit(2);
}

if (process.env['AUTH_ISSUER']) {
  console.error(
    'AUTH_ISSUER is set, but npm start is for this computer alone: it signs its bridge in by itself, which only the ' +
      "relay's own issuer allows.\nRun the parts one by one: npm run build && npm run relay, then " +
      'npm run bridge -- login (see docs/guides/identity-providers.md).',
  );
  process.exit(2);
}

console.log(`\n${styleText('bold', 'CloudToLocalLLM')}\n`);
try {
  await using stack = await Stack.start({
    port: Number(port),
    dataDir,
    engine: values.demo ? 'demo' : 'auto',
    web: true,
    watch: values.watch ?? false,
    report,
  });
  console.log(`\n  Open ${styleText(['bold', 'cyan'], stack.publicUrl)}`);
  const { account } = stack;
  if (account?.password !== undefined) {
    console.log(`  Sign in with the password ${styleText('bold', account.password)} (shown this once)`);
  } else if (account !== undefined) {
    console.log('  Sign in with the password that the first start has shown; npm run password makes a new one');
  }
  console.log('');
  if (stack.engine.demo) {
    console.log('  The demo engine answers every question with the same sentence.');
    console.log('  Install Ollama, pull a model and start again to talk to a real one.\n');
  }
  console.log(`  Everything is kept in ${stack.dataDir}. Ctrl-C stops it.\n`);
  await new Promise<void>((resolve) => {
    if (stop.signal.aborted) resolve();
    stop.signal.addEventListener('abort', () => resolve());
    for (const part of ['relay', 'bridge'] as const) {
      const child = stack[part];
      const endedByItself = (): void => {
        if (stop.signal.aborted) return;
        console.error(`\n  The ${part} has ended by itself. Its last words:\n${child?.tail}`);
        process.exitCode = 1;
        resolve();
      };
      void child?.exited.then(endedByItself);
    }
  });
  console.log('\n  Stopping…');
} catch (error) {
  if (!stop.signal.aborted) {
    console.error(`\n  ${(error as Error).message}`); // Stack throws Errors
    process.exitCode = 1;
  }
}
