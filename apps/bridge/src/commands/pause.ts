import { Command } from 'commander';
import { BridgeError } from '../bridge-error.ts';
import { examples } from '../cli/examples.ts';
import { forProfile } from '../cli/for-profile.ts';
import type { ReadConfig } from '../cli/program.ts';
import type { BridgeConfig } from '../config.ts';

/** `pause` and `resume`: the switch of the status page, where no browser is at hand. */
export function pauseCommand(config: ReadConfig): Command {
  return new Command('pause')
    .description('finish what runs, then answer nothing until "resume", also after a restart')
    .option('--json', 'for scripts')
    .addHelpText('after', examples('cloudtolocalllm pause'))
    .action((options: { json?: boolean }) => turn(config(), 'pause', options));
}

export function resumeCommand(config: ReadConfig): Command {
  return new Command('resume')
    .description('answer again after "pause"')
    .option('--json', 'for scripts')
    .addHelpText('after', examples('cloudtolocalllm resume'))
    .action((options: { json?: boolean }) => turn(config(), 'resume', options));
}

/** Throws BridgeError not_running when no bridge is there to be told. */
async function turn(config: BridgeConfig, to: 'pause' | 'resume', { json }: { json?: boolean }): Promise<void> {
  // Loaded here: other commands start without.
  const [{ readPageFile }, { callBridge }] = await Promise.all([
    import('../page/page-file.ts'),
    import('../page/page-client.ts'),
  ]);
  const page = readPageFile(config.directory);
  if (!page) {
    throw new BridgeError(
      'not_running',
      `Cannot ${to}: no bridge is running here, or it was started with --no-status-page. Start it with: cloudtolocalllm up`,
    );
  }
  await callBridge(page, 'POST', `/api/${to}`);
  const paused = to === 'pause';
  if (json) console.log(JSON.stringify({ paused }));
  else
    console.log(forProfile(paused ? 'Paused. To answer again: cloudtolocalllm resume' : 'Not paused.', config.profile));
}
