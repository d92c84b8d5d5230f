import { Command } from 'commander';
import { commandTree } from '../command-tree.ts';
import { examples } from '../examples.ts';
import { manPage } from './man-page.ts';

/** `man`: the manual page, made of what the program can be told. */
export function manCommand(program: () => Command): Command {
  return new Command('man')
    .description("print this program's manual page")
    .addHelpText('after', examples('cloudtolocalllm man | man -l -'))
    .action(() => {
      process.stdout.write(manPage(commandTree(program()), program().version() ?? ''));
    });
}
