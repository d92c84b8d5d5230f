import { Command } from 'commander';
import { examples } from '../cli/examples.ts';
import type { ReadConfig } from '../cli/program.ts';
import type { BridgeConfig } from '../config.ts';

export function trayCommand(config: ReadConfig): Command {
  return new Command('tray')
    .description("show the bridge's state as an icon in the desktop's tray, with the pause switch")
    .addHelpText('after', examples('cloudtolocalllm tray', 'cloudtolocalllm up --tray'))
    .action(() => tray(config()));
}

/** `tray`: an icon until its person quits, or Ctrl-C. Throws BridgeError when it can't be shown. */
async function tray({ directory, environment }: BridgeConfig): Promise<void> {
  const { runTray } = await import('../tray/run-tray.ts');
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  await runTray({ directory, environment, say: (text) => console.error(text) }, stop.signal);
}
