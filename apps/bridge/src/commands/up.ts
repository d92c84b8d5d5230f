import { Command, InvalidArgumentError, Option } from 'commander';
import { examples } from '../cli/examples.ts';
import type { ReadConfig } from '../cli/program.ts';
import type { RunOptions } from '../run/run-bridge.ts';

export function upCommand(config: ReadConfig): Command {
  return new Command('up')
    .description('connect and stay connected until Ctrl-C')
    .option(
      '--engine-url <url>',
      'address of the only engine, or of several (or OLLAMA_HOST; default: see cloudtolocalllm engines)',
      (url: string, others: string[] | undefined) => [...(others ?? []), url],
    )
    .option('--name <name>', 'what to call this computer (default: its host name)')
    .option(
      '--allow-model-management',
      'let its models be loaded, pulled and deleted through the relay (or CLOUDTOLOCALLLM_ALLOW_MODEL_MANAGEMENT=1)',
    )
    .option('--no-update-check', 'do not say when there is a newer version (or CLOUDTOLOCALLLM_UPDATE_CHECK=off)')
    .option('--no-status-page', 'serve no status page on this computer')
    .option('--status-port <port>', 'of the status page (default: any free one)', parsePort)
    .option('--tray', "show the state as an icon in the desktop's tray")
    .addOption(new Option('--service', 'started by the system: ends as its service manager expects').hideHelp())
    .addHelpText('after', examples('cloudtolocalllm up', 'cloudtolocalllm up --engine-url http://127.0.0.1:1234'))
    .action(async (options: RunOptions) => {
      // Loaded here: `--help` and the other commands start without.
      const { runBridge } = await import('../run/run-bridge.ts');
      await runBridge(config(), options);
    });
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new InvalidArgumentError('It is a number up to 65535.');
  return port;
}
