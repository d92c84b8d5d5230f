import { text as readAll } from 'node:stream/consumers';
import { Command, InvalidArgumentError, Option } from 'commander';
import { BridgeError } from '../bridge-error.ts';
import { examples } from '../cli/examples.ts';
import { refuseOtherCommands } from '../cli/no-such-command.ts';
import type { ReadConfig } from '../cli/program.ts';
import type { BridgeConfig } from '../config.ts';
import type { ChosenEngines } from '../engines/chosen-engines.ts';
import { ENGINE_KINDS, engineKind, type EngineKind } from '../engines/engine-kind.ts';
import type { EngineRow } from '../engines/engine-rows.ts';
import { addressText, apiAddress } from '../engines/engine-settings.ts';
import type { SurveyedEngine } from '../engines/survey-engines.ts';
import { printable } from '../printable.ts';

interface AddOptions {
  kind?: EngineKind;
  name?: string;
  limit?: number;
  askKey?: boolean;
  keyStdin?: boolean;
  json?: boolean;
}

export function enginesCommand(config: ReadConfig): Command {
  const command = new Command('engines')
    .description('show the engines of this computer, add and remove some')
    .option('--json', 'for scripts')
    .addHelpText(
      'after',
      examples(
        'cloudtolocalllm engines',
        'cloudtolocalllm engines add http://127.0.0.1:8000 --name Studio --ask-key',
        'cloudtolocalllm engines remove Studio',
      ),
    )
    .argument('[other...]') // to be told of as a command that there is not
    .usage('[options] [command]')
    .action((_other: string[], options: { json?: boolean }, self: Command) => {
      refuseOtherCommands(self);
      return list(config(), options);
    });
  command
    .command('add')
    .description('use an engine at this address; a bridge that is up does so at once')
    .argument('<url>', 'such as http://127.0.0.1:1234')
    .addOption(
      new Option('--kind <kind>', 'what it is (default: found out)')
        .choices(Object.keys(ENGINE_KINDS))
        .argParser(readKind),
    )
    .option('--name <name>', 'what to call it')
    .option('--limit <number>', 'answers at the same time', readLimit)
    .option('--ask-key', 'it needs a key: ask for it')
    .option('--key-stdin', 'read its key from standard input (or CLOUDTOLOCALLLM_ENGINE_KEY)')
    .option('--json', 'for scripts')
    .addHelpText('after', examples('cloudtolocalllm engines add http://127.0.0.1:8000 --name Studio --ask-key'))
    // The command above has a --json too, and takes it.
    .action((url: string, _own: AddOptions, self: Command) => add(config(), url, self.optsWithGlobals<AddOptions>()));
  command
    .command('remove')
    .description('use an engine no longer')
    .argument('<engine>', 'its name or address')
    .addHelpText('after', examples('cloudtolocalllm engines remove Studio'))
    .option('--json', 'for scripts')
    .action((which: string, _own: object, self: Command) => remove(config(), which, self.optsWithGlobals()));
  return command;
}

/** `engines`: as the bridge that is up sees them, else as they answer now. Throws BridgeError. */
async function list(config: BridgeConfig, { json }: { json?: boolean }): Promise<void> {
  const [{ chosenEngines }, { readState }] = await Promise.all([
    import('../engines/chosen-engines.ts'),
    import('../daemon/state-file.ts'),
  ]);
  const chosen = await chosenEngines(config);
  const running = readState(config.directory)?.engines;
  const rows = running ?? (await surveyed(chosen));
  if (json) {
    console.log(JSON.stringify({ chosenBy: chosen.by, running: running !== undefined, engines: rows }));
    return;
  }
  if (rows.length === 0)
    console.log('No engine was found. Start one, such as Ollama, or name one: cloudtolocalllm engines add');
  else console.log(table(rows));
  for (const { trouble } of rows) if (trouble !== undefined) console.log(`\n${printable(trouble)}`);
  if (chosen.by === 'OLLAMA_HOST') {
    console.log('\nOLLAMA_HOST names the only engine that is used: unset it to use others.');
  }
}

async function surveyed({ choice }: ChosenEngines): Promise<EngineRow[]> {
  const { surveyEngines } = await import('../engines/survey-engines.ts');
  return (await surveyEngines(choice)).map(rowOf);
}

function rowOf({ name, kind, version, address, state, trouble, models, settings, slots }: SurveyedEngine): EngineRow {
  return {
    name,
    ...(kind && { kind }),
    ...(version !== undefined && { version }),
    address,
    state,
    ...(trouble !== undefined && { trouble }),
    models: [...models],
    running: 0,
    queued: 0,
    limit: settings.limit ?? slots ?? ENGINE_KINDS[kind ?? 'openai'].limit,
  };
}

async function add(config: BridgeConfig, text: string, options: AddOptions): Promise<void> {
  const [{ engineTrouble, probeEngine }, { addToEngineFile }] = await Promise.all([
    import('../engines/probe-engine.ts'),
    import('../engines/engine-file.ts'),
  ]);
  const url = apiAddress(text);
  const key = await readKey(config, options);
  const { kind, name, limit } = options;
  const settings = { url, name, kind, limit, key };
  const probe = await probeEngine(settings);
  await addToEngineFile(config.directory, settings);
  const trouble = engineTrouble(probe, url);
  const what = probe.kind ? ENGINE_KINDS[probe.kind].label : 'The engine';
  if (options.json) {
    const { kind: found = null, models: names } = probe;
    const told = { address: addressText(url), kind: kind ?? found, models: names, trouble: trouble ?? null };
    console.log(JSON.stringify({ done: 'added', ...told }));
    return;
  }
  const models = `${probe.models.length} ${probe.models.length === 1 ? 'model' : 'models'}`;
  console.log(
    trouble === undefined
      ? `${what} at ${addressText(url)} is used from now on: ${models}.`
      : `It is used from now on; at the moment ${printable(trouble)}.`,
  );
  if (config.engineUrl !== undefined) {
    console.log('OLLAMA_HOST names the only engine that is used: unset it to use this one.');
  }
}

async function remove(config: BridgeConfig, which: string, { json }: { json?: boolean }): Promise<void> {
  const { removeFromEngineFile } = await import('../engines/engine-file.ts');
  await removeFromEngineFile(config.directory, which);
  if (json) return console.log(JSON.stringify({ done: 'removed', engine: which }));
  console.log(`${printable(which)} is not used any more.`);
}

/** Never an argument, which everybody on this computer could read in the list of processes. */
async function readKey(config: BridgeConfig, { askKey, keyStdin }: AddOptions): Promise<string | undefined> {
  if (keyStdin) return (await readAll(process.stdin)).trim() || undefined;
  if (!askKey) return config.engineKey;
  if (!process.stdin.isTTY) {
    throw new BridgeError(
      'usage',
      'There is no terminal to ask for the key: use --key-stdin or CLOUDTOLOCALLLM_ENGINE_KEY',
    );
  }
  const { isCancel, password } = await import('@clack/prompts');
  const answer = await password({ message: 'The key of the engine' });
  if (isCancel(answer)) throw new BridgeError('usage', 'Nothing was changed.');
  return answer.trim() || undefined;
}

function table(rows: readonly EngineRow[]): string {
  const header = ['ENGINE', 'ADDRESS', 'STATE', 'MODELS', 'RUNNING', 'QUEUED'];
  const lines = rows.map((row) => [
    printable(row.name),
    row.address,
    row.state,
    String(row.models.length),
    `${row.running}/${row.limit}`,
    String(row.queued),
  ]);
  const widths = header.map((title, column) => Math.max(title.length, ...lines.map((line) => line[column]!.length)));
  return [header, ...lines]
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    ) // as many as columns
    .join('\n');
}

function readKind(text: string): EngineKind {
  const kind = engineKind(text);
  if (kind) return kind;
  throw new InvalidArgumentError(`Use one of: ${Object.keys(ENGINE_KINDS).join(', ')}.`);
}

function readLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1024) return limit;
  throw new InvalidArgumentError('Use a number from 1 to 1024.');
}
