import { Command } from 'commander';
import { connectCommand } from '../commands/connect.ts';
import { doctorCommand } from '../commands/doctor.ts';
import { enginesCommand } from '../commands/engines.ts';
import { loginCommand } from '../commands/login.ts';
import { logoutCommand } from '../commands/logout.ts';
import { profilesCommand } from '../commands/profiles.ts';
import { policyCommand } from '../commands/policy.ts';
import { logsCommand } from '../commands/logs.ts';
import { serviceCommand } from '../commands/service.ts';
import { statusCommand } from '../commands/status.ts';
import { trayCommand } from '../commands/tray.ts';
import { upCommand } from '../commands/up.ts';
import { readConfig, type BridgeConfig } from '../config.ts';
import { VERSION } from '../version.ts';
import { completionCommand } from './completion/completion-command.ts';
import { examples } from './examples.ts';
import { exitCodesText } from './exit-codes-text.ts';
import { manCommand } from './man/man-command.ts';

/** What the command works with, read when it runs: options before the command's name have a say in it. */
export type ReadConfig = () => BridgeConfig;

/** Everything the program can be told on its command line. */
export function createProgram(env: NodeJS.ProcessEnv = process.env): Command {
  const program = new Command('cloudtolocalllm')
    .description(
      "Connects this computer's language models to your relay. The bridge dials out; no port is open to others.",
    )
    .version(VERSION)
    .option('--profile <name>', 'another relay or account of yours on this computer (or CLOUDTOLOCALLLM_PROFILE)')
    .addHelpText(
      'after',
      `${examples(
        'cloudtolocalllm login --relay https://relay.example.com',
        'cloudtolocalllm up',
        'cloudtolocalllm --profile work status',
      )}\n\n${exitCodesText()}`,
    )
    .exitOverride();
  const config: ReadConfig = () => readConfig(env, program.opts<{ profile?: string }>().profile);
  const commands = [
    loginCommand,
    upCommand,
    statusCommand,
    doctorCommand,
    enginesCommand,
    policyCommand,
    serviceCommand,
    logsCommand,
    trayCommand,
    connectCommand,
    profilesCommand,
    logoutCommand,
  ];
  for (const command of commands) program.addCommand(command(config));
  program.addCommand(completionCommand(() => program)).addCommand(manCommand(() => program));
  program.hook('preAction', async () => {
    // Loaded here: `--help` and `--version` start without HTTP.
    const { useProxies } = await import('../network/outbound.ts');
    useProxies(config().proxies);
  });
  inherit(program);
  return program;
}

/** Commander hands settings down only to commands that it makes itself. */
function inherit(parent: Command): void {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent);
    inherit(command);
  }
}
