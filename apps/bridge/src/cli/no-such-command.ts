import type { Command } from 'commander';

/**
 * For a command that has others below it and an action of its own, for which commander takes a mistyped one for an
 * argument too many. Throws commander's error for a command that is not known.
 */
export function refuseOtherCommands(command: Command, parent: Command = command): void {
  const [word] = command.args;
  if (word === undefined) return;
  const names = parent.commands.map((child) => child.name()).join(', ');
  command.error(`error: unknown command '${word}': there are ${names}`, { code: 'commander.unknownCommand' });
}
