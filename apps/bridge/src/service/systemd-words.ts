/** What systemd takes as it is, in every setting of ours. */
const PLAIN = /^[A-Za-z0-9_./:=@,+-]+$/;
/** systemd refuses a program's path with these, however they are written (its `string_is_safe`). */
const REFUSED_IN_PROGRAM = /["'\\\p{Cc}]/u;

/** A word in a setting that knows quotes, escapes and specifiers, such as `Environment=` (systemd.syntax(7), systemd.unit(5)). */
export function unitWord(text: string): string {
  const specifiers = text.replaceAll('%', '%%');
  return PLAIN.test(text) ? text : `"${escaped(specifiers)}"`;
}

/** A command line for `ExecStart=`, where `$` begins a variable as well, but not in the program's path. */
export function unitCommandLine([program = '', ...args]: readonly string[]): string {
  if (REFUSED_IN_PROGRAM.test(program)) {
    return ['/bin/sh', ...['-c', 'exec "$0" "$@"', program, ...args].map((argument) => unitArgument(argument))].join(
      ' ',
    );
  }
  return [unitWord(program), ...args.map((argument) => unitArgument(argument))].join(' ');
}

function unitArgument(text: string): string {
  return unitWord(text).replaceAll('$', '$$$$'); // `$$`, as replaceAll writes it
}

function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', String.raw`\"`)
    .replaceAll(/\p{Cc}/gu, (character) =>
      [...Buffer.from(character)].map((byte) => String.raw`\x${byte.toString(16).padStart(2, '0')}`).join(''),
    );
}
