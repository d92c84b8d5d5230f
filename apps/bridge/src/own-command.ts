import { isSea } from 'node:sea';
import { fileURLToPath } from 'node:url';

/** How this program is started again: what to run and the arguments that come before its own. */
export function ownCommand(): { file: string; args: string[] } {
  if (isSea()) return { file: process.execPath, args: [] };
  const here = import.meta.url;
  // From the sources, also inside a test; a bundle only ever runs as the program itself.
  const main = here.endsWith('/own-command.ts') ? fileURLToPath(new URL('main.ts', here)) : process.argv[1];
  return { file: process.execPath, args: main === undefined ? [] : [main] };
}
