import type { EventEmitter } from 'node:events';
import type { Command } from 'commander';

/** Words that only this computer knows, which `cloudtolocalllm known` prints. */
export const KNOWN_WORDS = ['profiles', 'engines'] as const;
export type KnownWords = (typeof KNOWN_WORDS)[number];

/** An option as completion and the man page need it. */
export interface OptionShape {
  /** Such as `--relay`, in the order in which a person would try them. */
  names: readonly string[];
  /** As it is written: `--relay <url>`. */
  term: string;
  description: string;
  takesValue: boolean;
  /** What its value may be, when that is a short list. */
  choices: readonly string[];
  /** Its value is a file or a folder. */
  takesFile: boolean;
  /** What it is without the option, as the help says it; undefined when there is nothing to say. */
  default: string | undefined;
  /** What its value is one of on this computer. */
  known: KnownWords | undefined;
}

/** A command with its subcommands, as plain data. */
export interface CommandShape {
  /** Its words after the program's name: none for the program itself. */
  path: readonly string[];
  description: string;
  /** Its arguments as they are written: `[name] <file>`. */
  usage: string;
  options: readonly OptionShape[];
  /** What its arguments may be. */
  choices: readonly string[];
  /** Its arguments are files. */
  takesFiles: boolean;
  /** What its arguments are one of on this computer. */
  known: KnownWords | undefined;
  /** What the help says after the lists: examples and more. */
  epilogue: string;
  commands: readonly CommandShape[];
}

/** The tree of what the program can be told; what is hidden in the help is not in it. */
export function commandTree(command: Command, path: readonly string[] = []): CommandShape {
  const help = command.createHelp();
  const commands = help.visibleCommands(command).filter((child) => child.name() !== 'help');
  return {
    path,
    description: command.description(),
    usage: help.commandUsage(command).slice(commandPrefix(command).length).trim(),
    options: help.visibleOptions(command).map(optionShape),
    choices: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
    takesFiles: command.registeredArguments.some((argument) => isFile(argument.name())),
    known: command.registeredArguments.some((argument) => argument.name() === 'engine') ? 'engines' : undefined,
    epilogue: epilogue(command),
    commands: commands.map((child) => commandTree(child, [...path, child.name()])),
  };
}

type VisibleOption = ReturnType<ReturnType<Command['createHelp']>['visibleOptions']>[number];

function optionShape(option: VisibleOption): OptionShape {
  const takesValue = option.required || option.optional;
  const [value = ''] = /[<[].*/.exec(option.flags) ?? [];
  return {
    names: [option.long, option.short].filter((name) => name !== undefined && name !== null),
    term: option.flags,
    description: option.description,
    takesValue,
    choices: option.argChoices ?? [],
    takesFile: takesValue && isFile(value),
    default: takesValue ? defaultOf(option) : undefined,
    known: option.long === '--profile' ? 'profiles' : undefined,
  };
}

function defaultOf({ defaultValue, defaultValueDescription }: VisibleOption): string | undefined {
  return defaultValueDescription ?? (typeof defaultValue === 'string' ? defaultValue : undefined);
}

function isFile(name: string): boolean {
  return /\b(file|folder|directory|path)\b/i.test(name);
}

function commandPrefix(command: Command): string {
  const names = [];
  for (let at: Command | null = command; at; at = at.parent) names.unshift(at.name());
  return names.join(' ');
}

/** What `addHelpText('after')` adds: commander keeps it in listeners alone. */
function epilogue(command: Command): string {
  let text = '';
  const write = (piece: string): void => void (text += piece);
  // as: every command is an emitter, of which commander's types say `on` alone
  (command as unknown as EventEmitter).emit('afterHelp', { error: false, command, write });
  return text.trim();
}
