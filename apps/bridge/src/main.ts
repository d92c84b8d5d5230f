#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { BridgeError, EXIT_CODES } from './bridge-error.ts';
import { login } from './commands/login.ts';
import { status } from './commands/status.ts';
import { up, type UpOptions } from './commands/up.ts';
import { readConfig } from './config.ts';
import { printable } from './printable.ts';
import { RelayApiError } from './relay-api.ts';
import { VERSION } from './version.ts';

const config = readConfig();
const program = new Command('cloudtolocalllm')
  .description("Connects this computer's language models to your relay. Nothing listens: the bridge only dials out.")
  .version(VERSION)
  .exitOverride();

program
  .command('login')
  .description('sign in and remember this computer')
  .option('--relay <url>', 'address of the relay (or CLOUDTOLOCALLLM_RELAY)')
  .addHelpText('after', '\nExample:\n  cloudtolocalllm login --relay https://relay.example.com')
  .action((options: { relay?: string }) => login(config, options));

program
  .command('up')
  .description('connect and stay connected until Ctrl-C')
  .option('--engine-url <url>', "address of the engine (or OLLAMA_HOST; default Ollama's, http://127.0.0.1:11434)")
  .option('--name <name>', 'what to call this computer (default: its host name)')
  .option(
    '--allow-model-management',
    'let its models be loaded, pulled and deleted through the relay (or CLOUDTOLOCALLLM_ALLOW_MODEL_MANAGEMENT=1)',
  )
  .addHelpText('after', '\nExample:\n  cloudtolocalllm up --engine-url http://127.0.0.1:1234')
  .action((options: UpOptions) => up(config, options));

program
  .command('status')
  .description('show what the bridge is doing and how the relay sees it')
  .option('--json', 'for scripts')
  .action((options: { json?: boolean }) => status(config, options));

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : EXIT_CODES.usage; // commander has said what is wrong
  } else if (error instanceof BridgeError || error instanceof RelayApiError) {
    console.error(printable(error.message));
    process.exitCode = error instanceof BridgeError ? EXIT_CODES[error.code] : EXIT_CODES.failed;
  } else {
    console.error(error);
    process.exitCode = EXIT_CODES.failed;
  }
}
