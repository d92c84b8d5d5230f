import { Argument, Command } from 'commander';
import { commandTree } from '../command-tree.ts';
import { examples } from '../examples.ts';
import { bashCompletion } from './bash-completion.ts';
import { fishCompletion } from './fish-completion.ts';
import { zshCompletion } from './zsh-completion.ts';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

/** `completion`: a script for a shell, made of what the program can be told. */
export function completionCommand(program: () => Command): Command {
  const shells = Object.keys(SHELLS);
  return new Command('completion')
    .description("print a script that makes your shell complete this program's commands and options")
    .addArgument(new Argument('<shell>', 'for which shell').choices(shells))
    .addHelpText(
      'after',
      examples(
        'mkdir -p ~/.local/share/bash-completion/completions && cloudtolocalllm completion bash > ~/.local/share/bash-completion/completions/cloudtolocalllm',
        'cloudtolocalllm completion zsh > "${fpath[1]}/_cloudtolocalllm"',
        'mkdir -p ~/.config/fish/completions && cloudtolocalllm completion fish > ~/.config/fish/completions/cloudtolocalllm.fish',
      ),
    )
    .action((shell: keyof typeof SHELLS) => {
      process.stdout.write(SHELLS[shell](commandTree(program())));
    });
}
