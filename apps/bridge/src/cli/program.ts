import { Command } from 'commander';
import { enginesCommand } from '../commands/engines.ts';
import { loginCommand } from '../commands/login.ts';
import { statusCommand } from '../commands/status.ts';
import { upCommand } from '../commands/up.ts';
import { readConfig, type BridgeConfig } from '../config.ts';
import { VERSION } from '../version.ts';

/** What the command works with, read when it runs: options before the command's name have a say in it. */
export type ReadConfig = () => BridgeConfig;

/** Everything the program can be told on its command line. */
export function createProgram(env: NodeJS.ProcessEnv = process.env): Command {
  const program = new Command('cloudtolocalllm')
    .description("Connects this computer's language models to your relay. Nothing listens: the bridge only dials out.")
    .version(VERSION)
    .option('--profile <name>', 'another relay or account of yours on this computer (or CLOUDTOLOCALLLM_PROFILE)')
    .exitOverride();
  const config: ReadConfig = () => readConfig(env, program.opts<{ profile?: string }>().profile);
  for (const command of [loginCommand(config), upCommand(config), statusCommand(config), enginesCommand(config)])
    program.addCommand(command);
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
