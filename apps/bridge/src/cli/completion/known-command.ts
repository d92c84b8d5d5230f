import { Argument, Command } from 'commander';
import { listProfiles } from '../../commands/profiles.ts';
import type { BridgeConfig } from '../../config.ts';
import { loadEngineFile } from '../../engines/engine-file.ts';
import { addressText } from '../../engines/engine-settings.ts';
import { printable } from '../../printable.ts';
import { KNOWN_WORDS, type KnownWords } from '../command-tree.ts';
import type { ReadConfig } from '../program.ts';

/** `known`: for the completion of shells, which ask it while a person types. It asks no engine, keychain or relay. */
export function knownCommand(config: ReadConfig): Command {
  return new Command('known')
    .description('print what this computer knows, for completion')
    .addArgument(new Argument('<what>').choices(KNOWN_WORDS))
    .action(async (what: KnownWords) => {
      for (const word of await knownWords(config(), what)) console.log(printable(word));
    });
}

async function knownWords(config: BridgeConfig, what: KnownWords): Promise<string[]> {
  if (what === 'profiles') return (await listProfiles(config.home)).map(({ profile }) => profile);
  const { engines } = (await loadEngineFile(config.directory)) ?? { engines: [] };
  return engines.map(({ name, url }) => name ?? addressText(url));
}
