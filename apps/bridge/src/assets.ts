import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getAsset, isSea } from 'node:sea';

/** Names of files and folders below `assets/`, as they are written there: nothing that leads out of it. */
const ASSET_NAME = /^(?:[a-z0-9_][a-z0-9_.-]*\/)*[a-z0-9_][a-z0-9_.-]*$/i;

/**
 * A file that comes with the program: a page, a script, an icon, a template. Put it below `apps/bridge/assets/` (a folder
 * for each part: `page/status.html`, `tray/online.png`) and read it by that path with `/` between the names:
 *
 *     const html = readAsset('page/status.html'); // a Buffer of the caller's own; `.toString()` for text
 *
 * The builds take along everything below `assets/`, so nothing has to be listed anywhere. It is found beside the sources
 * in development, beside the bundle in the npm package, inside the program in the single executable, where it has no
 * path: never read such a file in another way. It is read anew each time; keep it if it is needed often.
 *
 * @throws Error when there is none of this name: a mistake of ours, never of the person's.
 */
export function readAsset(name: string): Buffer {
  if (!ASSET_NAME.test(name)) throw new Error(`Cannot read the asset ${name}: this is no name of one`);
  if (isSea()) return Buffer.from(getAsset(name));
  // Bundles lie in a folder beside `assets/`, as the sources do.
  return readFileSync(join(import.meta.dirname, '../assets', name));
}
