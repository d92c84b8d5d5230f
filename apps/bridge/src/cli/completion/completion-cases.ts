import type { CommandShape, OptionShape } from '../command-tree.ts';

/** A place on the command line, named by the words that lead there: `''` for the program itself, `'engines add'`. */
export interface CompletionCase {
  path: string;
  /** Each command below it: its word, what it is for, and the path that it leads to. */
  commands: readonly { word: string; description: string; path: string }[];
  /** What may be written here as an argument. */
  choices: readonly string[];
  takesFiles: boolean;
  known: CommandShape['known'];
  options: readonly OptionShape[];
}

/** Every place of the tree, with the program's own options in each: they may be written after a command too. */
export function completionCases(tree: CommandShape): CompletionCase[] {
  const place = (command: CommandShape): CompletionCase => ({
    path: command.path.join(' '),
    commands: command.commands.map((child) => ({
      word: child.path.at(-1) ?? '',
      description: child.description,
      path: child.path.join(' '),
    })),
    choices: command.choices,
    takesFiles: command.takesFiles,
    known: command.known,
    options: command.options,
  });
  return [place(tree), ...tree.commands.flatMap((child) => completionCases(child))];
}

/** A text in single quotes, for bash and zsh. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
