import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createEngine } from './engine.ts';
import { installEngine } from './install.ts';
import { createEngineServer } from './server.ts';

const USAGE = `The demo engine: a real llama.cpp with a tiny model, behind Ollama's API on 127.0.0.1.

  node dev/engine/main.ts [options]

  --port N                listen on this port (default: a free one)
  --data-dir DIR          where the model files are kept (default: models/ beside the installed engine)
  --tokens-per-second N   slow every generation down to this pace
  --with-broken-model     serve tiny-demo-broken too, which fails in mid-answer (for tests)
  --model-prefix TEXT     put this in front of the models' names (for tests)
  --exit-with-parent      exit when standard input closes
  --help                  print this

Prints {"url": "http://127.0.0.1:PORT"} when it listens; everything else goes to standard error.
`;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    'data-dir': { type: 'string', default: join(dirname(fileURLToPath(import.meta.url)), 'node_modules', '.models') },
    'tokens-per-second': { type: 'string' },
    'with-broken-model': { type: 'boolean', default: false },
    'model-prefix': { type: 'string' },
    'exit-with-parent': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}

const stopping = new AbortController();
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
if (values['exit-with-parent']) process.stdin.on('error', stop).on('close', stop).resume();

try {
  await start();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

async function start(): Promise<void> {
  const port = readNumber('port', values.port, 0, 65_535);
  const tokensPerSecond =
    values['tokens-per-second'] === undefined
      ? undefined
      : readNumber('tokens-per-second', values['tokens-per-second'], 0.01, 1e6);
  await installEngine({ onProgress: (text) => process.stderr.write(`${text}\n`), signal: stopping.signal });
  const engine = await createEngine({
    dataDir: values['data-dir'],
    tokensPerSecond,
    withBrokenModel: values['with-broken-model'],
    modelPrefix: values['model-prefix'],
  });
  const server = createEngineServer(engine);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  // Listening on a TCP port, so the address is no string and not null.
  const address = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${address.port}` })}\n`);
}

function readNumber(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= least && value <= most))
    throw new Error(`--${option} must be a number from ${least} to ${most}`);
  return value;
}

/** Ends npm if it runs, and nothing else is worth a wait: files are whole or absent, clients see their connection close. */
function stop(): void {
  stopping.abort();
  process.exit(0);
}
