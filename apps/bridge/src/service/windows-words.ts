import { BridgeError } from '../bridge-error.ts';

/** The Task Scheduler fills these in, and knows no way to write them as they are. */
const FILLED_IN = /%[^%]+%|\$\(/;

/**
 * Words as one line that programs of Microsoft's C runtime, such as Node, take apart again (CommandLineToArgvW).
 * Throws BridgeError usage for what a task can't be told.
 */
export function windowsCommandLine(words: readonly string[]): string {
  const line = words.map((word) => quoted(word)).join(' ');
  if (FILLED_IN.test(line)) {
    throw new BridgeError(
      'usage',
      'Cannot install a task whose command has %name% or $( in it: move the program to another folder',
    );
  }
  return line;
}

function quoted(word: string): string {
  if (word !== '' && !/[\s"]/.test(word)) return word;
  // Backslashes count double before a quote, and nowhere else.
  return `"${word.replaceAll(/(\\*)"/g, String.raw`$1$1\"`).replace(/(\\+)$/, '$1$1')}"`;
}
