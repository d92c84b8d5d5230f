import { Command, InvalidArgumentError } from 'commander';
import { BridgeError, EXIT_CODES } from '../bridge-error.ts';
import { examples } from '../cli/examples.ts';
import { refuseOtherCommands } from '../cli/no-such-command.ts';
import type { ReadConfig } from '../cli/program.ts';
import type { BridgeConfig } from '../config.ts';
import { parseMoment } from '../policy/parse-moment.ts';
import { PolicyFileError } from '../policy/policy-file-error.ts';
import { printable } from '../printable.ts';

const EXAMPLES = examples(
  'cloudtolocalllm policy                         what holds now, in words',
  'cloudtolocalllm policy edit                    change it in your editor',
  'cloudtolocalllm policy check                   is the file right?',
  'cloudtolocalllm policy test POST /api/chat --model llama3.2 --at "sat 22:00"',
);

/** `policy` and what is below it. */
export function policyCommand(config: ReadConfig): Command {
  return new Command('policy')
    .description('say what may reach your models: calls, names, how much at once, hours')
    .addHelpText('after', EXAMPLES)
    .addCommand(showCommand(config), { isDefault: true })
    .addCommand(
      new Command('path')
        .description('say where the policy file is')
        .addHelpText('after', examples('cloudtolocalllm policy path'))
        .action(async () => console.log(await pathOf(config()))),
    )
    .addCommand(
      new Command('init')
        .description('write the policy file with all its settings, unless there is one')
        .addHelpText('after', examples('cloudtolocalllm policy init'))
        .action(() => init(config())),
    )
    .addCommand(
      new Command('edit')
        .description('change the policy file in your editor, and check it before it is taken')
        .addHelpText('after', examples('EDITOR=nano cloudtolocalllm policy edit'))
        .action(async () => {
          const { editPolicy } = await import('./policy-edit.ts');
          await inLines(editPolicy(config()));
        }),
    )
    .addCommand(checkCommand(config))
    .addCommand(testCommand(config));
}

function showCommand(config: ReadConfig): Command {
  return new Command('show')
    .description('show what holds now, in words')
    .option('--json', 'for scripts')
    .addHelpText('after', examples('cloudtolocalllm policy show --json'))
    .argument('[other...]') // what was written for a command of "policy" that there is not
    .usage('[options]')
    .action((_other: string[], options: { json?: boolean }, self: Command) => {
      refuseOtherCommands(self, self.parent ?? self); // also when "show" was not written
      return show(config(), options);
    });
}

function checkCommand(config: ReadConfig): Command {
  return new Command('check')
    .description('check the policy file, or another one; exits with 1 when it is wrong')
    .argument('[file]', 'another file than that of this profile')
    .option('--json', 'for scripts')
    .addHelpText('after', examples('cloudtolocalllm policy check ./policy.yaml'))
    .action((file: string | undefined, options: { json?: boolean }) => inLines(check(config(), file, options)));
}

function testCommand(config: ReadConfig): Command {
  return new Command('test')
    .description('say whether a call would be let through, and why not; exits with 1 when it would not')
    .argument('<method>', 'such as POST')
    .argument('<path>', 'such as /api/chat')
    .option('--model <name>', 'the model that it asks for')
    .option('--at <time>', 'when: "22:00", "sat 22:00" or "2026-12-24 22:00" (default: now)', atTime)
    .option('--json', 'for scripts')
    .addHelpText('after', examples('cloudtolocalllm policy test POST /v1/chat/completions --model llama3.2'))
    .action((method: string, path: string, options: TestOptions) => testCall(config(), { method, path, ...options }));
}

/** Of this profile's policy file. */
async function pathOf({ directory }: BridgeConfig): Promise<string> {
  return (await import('../policy/policy-file.ts')).policyPath(directory);
}

/** `policy show`: what the running bridge goes by; when none runs, what it would. */
async function show(config: BridgeConfig, { json }: { json?: boolean }): Promise<void> {
  const [{ policyInForce }, { describePolicy, policySource }] = await Promise.all([
    import('../policy/policy-in-force.ts'),
    import('../policy/describe-policy.ts'),
  ]);
  const path = await pathOf(config);
  const { report, isRunning } = await policyInForce(config);
  if (json) {
    console.log(JSON.stringify({ path, running: isRunning, ...report }));
    return;
  }
  console.log(`${'Policy'.padEnd(10)}${policySource(report, path)}${isRunning ? '' : ' (no bridge is running)'}`);
  if (report.from !== 'closed') {
    for (const [name, words] of describePolicy(report)) console.log(`${name.padEnd(10)}${printable(words)}`);
  }
  if (report.fault !== undefined) console.log(`\nThe file as it is now is refused:\n${report.fault}`);
}

async function init(config: BridgeConfig): Promise<void> {
  const { initPolicyFile } = await import('../policy/policy-file.ts');
  const path = await pathOf(config);
  const isNew = await initPolicyFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new BridgeError('failed', `Cannot write ${path} (${cause.code}): make its folder writable`, { cause });
  });
  console.log(isNew ? `Written: ${path}` : `There is one already, which stays as it is: ${path}`);
}

/** `policy check`. Throws BridgeError when the file is wrong. */
async function check(config: BridgeConfig, file: string | undefined, { json }: { json?: boolean }): Promise<void> {
  const { readPolicyFile } = await import('../policy/policy-file.ts');
  const path = file ?? (await pathOf(config));
  try {
    const settings = await readPolicyFile(path);
    if (!settings && file !== undefined) {
      throw new PolicyFileError(path, [{ line: 0, column: 0, source: '', reason: 'there is no such file' }]);
    }
    if (json) console.log(JSON.stringify({ path, correct: true, faults: [] }));
    else console.log(settings ? `Correct: ${path}` : `There is no ${path}: the defaults hold`);
  } catch (error) {
    if (!json || !(error instanceof PolicyFileError)) throw error;
    console.log(JSON.stringify({ path, correct: false, faults: error.faults }));
    process.exitCode = EXIT_CODES[error.code];
  }
}

/** What is wrong in a file is said line by line, with the place marked; other errors are one line. */
async function inLines(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof PolicyFileError)) throw error;
    console.error(error.message);
    process.exitCode = EXIT_CODES[error.code];
  }
}

interface TestOptions {
  model?: string;
  at?: number;
  json?: boolean;
}

/** `policy test`: what would be answered. */
async function testCall(
  config: BridgeConfig,
  { method, path, model, at, json }: TestOptions & { method: string; path: string },
): Promise<void> {
  if (!path.startsWith('/')) {
    throw new BridgeError('usage', `"${path.slice(0, 100)}" is not a path: it begins with a slash, such as /api/chat`);
  }
  const { policyInForce } = await import('../policy/policy-in-force.ts');
  const { policy } = await policyInForce(config, at);
  const called = policy.check(method.toUpperCase(), path);
  const verdict = called.allowed && model !== undefined ? policy.checkModel(model) : called;
  const reason = verdict.allowed ? undefined : verdict.reason;
  if (json) console.log(JSON.stringify({ allowed: verdict.allowed, ...(reason !== undefined && { reason }) }));
  else console.log(reason === undefined ? 'Allowed' : `Not allowed: ${printable(reason)}`);
  if (reason !== undefined) process.exitCode = 1;
}

function atTime(text: string): number {
  const time = parseMoment(text, Date.now());
  if (time === undefined) throw new InvalidArgumentError('Write "22:00", "sat 22:00" or "2026-12-24 22:00".');
  return time;
}
