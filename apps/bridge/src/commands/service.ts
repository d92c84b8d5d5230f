import { Command } from 'commander';
import { BridgeError, EXIT_CODES } from '../bridge-error.ts';
import { examples } from '../cli/examples.ts';
import type { ReadConfig } from '../cli/program.ts';
import { DEFAULT_PROFILE, type BridgeConfig } from '../config.ts';
import { programCommand } from '../service/program-path.ts';
import { runningProgram } from '../service/running-program.ts';
import { runSteps, stepsText } from '../service/run-steps.ts';
import { runTool } from '../service/run-tool.ts';
import { serviceName, type ServiceManager, type ServiceStatus, type Step } from '../service/service.ts';
import { serviceSpec } from '../service/service-spec.ts';
import { lingerStep } from '../service/systemd.ts';
import { upCommand } from './up.ts';

interface ServiceOptions {
  system?: boolean;
  json?: boolean;
  dryRun?: boolean;
  linger?: boolean;
}

export function serviceCommand(config: ReadConfig): Command {
  const service = new Command('service')
    .description('let the system start the bridge and keep it running')
    .addHelpText('after', examples('cloudtolocalllm service install', 'cloudtolocalllm service status'));
  const add = (name: string, description: string): Command => {
    const command = new Command(name)
      .description(description)
      .option('--user', 'a service of your own (the default)')
      .option('--system', 'a service of the computer, with a user of its own on Linux')
      .option('--json', 'for scripts');
    service.addCommand(command);
    // `install` has more to say.
    if (name !== 'install') command.addHelpText('after', examples(`cloudtolocalllm service ${name}`));
    return command;
  };
  add('install', 'write the service of this profile, start it, and start it again with the system')
    .argument('[options...]', 'options of "up", behind --')
    .option('--linger', 'on Linux: start it with the computer, before you sign in there')
    .option('--dry-run', 'only print what would be written and run')
    .addHelpText(
      'after',
      examples(
        'cloudtolocalllm service install --linger',
        'cloudtolocalllm service install -- --name studio --engine-url http://127.0.0.1:1234',
      ),
    )
    .action((upArgs: string[], options: ServiceOptions) => install(config(), options, upOptions(config, upArgs)));
  add('uninstall', 'stop the service and remove all of it')
    .option('--dry-run', 'only print what would be removed and run')
    .action((options: ServiceOptions) =>
      change(config(), options, 'removed', (manager, name) => manager.uninstall(name)),
    );
  add(
    'status',
    `say how it is; exits with 0 when it runs, ${EXIT_CODES.not_running} when it does not, ${EXIT_CODES.not_installed} when there is none`,
  ).action((options: ServiceOptions) => status(config(), options));
  for (const [action, done] of [
    ['start', 'started'],
    ['stop', 'stopped'],
    ['restart', 'restarted'],
  ] as const) {
    add(action, `${action} it`)
      .option('--dry-run', 'only print what would be run')
      .action((options: ServiceOptions) =>
        change(config(), options, done, (manager, name) => manager.control(name, action)),
      );
  }
  return service;
}

/** Throws BridgeError usage for options that `up` does not know: they would only be found when the service starts. */
function upOptions(config: ReadConfig, args: string[]): string[] {
  const { unknown, operands } = upCommand(config).exitOverride().parseOptions(args);
  const [wrong] = [...unknown, ...operands];
  if (wrong !== undefined) throw new BridgeError('usage', `"${wrong.slice(0, 100)}" is not an option of "up"`);
  return args;
}

async function managerFor(config: BridgeConfig, { system }: ServiceOptions): Promise<ServiceManager> {
  const { serviceManager } = await import('../service/service-manager.ts');
  return serviceManager(config, { scope: system ? 'system' : 'user', run: runTool, platform: process.platform });
}

/** `service install`. Throws BridgeError. */
async function install(config: BridgeConfig, options: ServiceOptions, upArgs: readonly string[]): Promise<void> {
  const scope = options.system ? 'system' : 'user';
  const manager = await managerFor(config, options);
  const spec = serviceSpec(config, { program: programCommand(runningProgram()), scope, upArgs });
  if (!options.dryRun) {
    const { loadCredentials } = await import('../credentials.ts');
    await manager.check(spec);
    if (scope === 'user' && !(await loadCredentials(config.directory))) {
      throw new BridgeError('not_signed_in', 'Sign in first, the service can not ask you: cloudtolocalllm login');
    }
  }
  const linger = options.linger && scope === 'user' && process.platform === 'linux';
  const steps = [...(await manager.install(spec)), ...(linger ? [lingerStep(config.service.account)] : [])];
  if (options.dryRun) return showSteps(steps, options);
  await runSteps(steps, runTool);
  const hints = await manager.hints(spec);
  if (options.json) console.log(JSON.stringify({ service: spec.name, done: 'installed', hints }));
  else console.log([`The service "${spec.name}" is installed and started.`, ...hints].join('\n'));
}

async function change(
  config: BridgeConfig,
  options: ServiceOptions,
  done: string,
  plan: (manager: ServiceManager, name: string) => Promise<Step[]>,
): Promise<void> {
  const name = serviceName(config.profile, DEFAULT_PROFILE);
  const manager = await managerFor(config, options);
  const steps = await plan(manager, name);
  if (options.dryRun) return showSteps(steps, options);
  const { installed } = await manager.status(name);
  await runSteps(steps, runTool);
  if (options.json) console.log(JSON.stringify({ service: name, done }));
  else if (installed) console.log(`The service "${name}" is ${done}.`);
  else console.log(`There was no service "${name}"; nothing is left of one.`); // only "uninstall" comes here without
}

function showSteps(steps: readonly Step[], { json }: ServiceOptions): void {
  console.log(json ? JSON.stringify(steps) : stepsText(steps));
}

async function status(config: BridgeConfig, options: ServiceOptions): Promise<void> {
  const name = serviceName(config.profile, DEFAULT_PROFILE);
  const found = await (await managerFor(config, options)).status(name);
  console.log(options.json ? JSON.stringify({ service: name, ...found }) : statusText(name, found));
  if (!found.running) process.exitCode = EXIT_CODES[found.installed ? 'not_running' : 'not_installed'];
}

function statusText(name: string, { installed, enabled, running, pid, since, lastExit, note }: ServiceStatus): string {
  const state = running ? `running${pid === undefined ? '' : ` (process ${pid})`}` : 'not running';
  return [
    `Service    ${name}, ${installed ? 'installed' : 'not installed'}`,
    ...(installed ? [`Starts     ${enabled ? 'by itself' : 'only by hand'}`, `State      ${state}`] : []),
    ...(since === undefined ? [] : [`Since      ${since}`]),
    ...(lastExit === undefined ? [] : [`Ended with ${lastExit}: cloudtolocalllm logs`]),
    ...(note === undefined ? [] : [note]),
  ].join('\n');
}
