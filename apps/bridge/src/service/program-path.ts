import { isAbsolute, sep } from 'node:path';
import { BridgeError } from '../bridge-error.ts';

/** How this program was started, as far as a service must know it. */
export interface Running {
  /** The Node or single executable that runs. */
  execPath: string;
  /** The script that it runs; undefined in a single executable, which is its own. */
  script: string | undefined;
  platform: NodeJS.Platform;
  /** Where the system keeps what may go at any time. */
  temporary: readonly string[];
  /** What a path leads to; itself when it leads nowhere. */
  realPath(path: string): string;
}

/** What npx keeps its programs in, until it cleans up. */
const NPX_CACHE = /[\\/]_npx[\\/]/;
/** Homebrew's folder of one version, which the next one removes; the link beside it stays. */
const HOMEBREW_VERSION = /^(.*)\/Cellar\/([^/]+)\/[^/]+\//;

/**
 * The start of the command line that runs this program again, whatever the way it was installed: absolute paths, and
 * links as they are, since they are what an update leaves in place.
 * Throws BridgeError usage when one of them will not be there for long.
 */
export function programCommand(running: Running): readonly string[] {
  const { execPath, script, platform, temporary, realPath } = running;
  const command = [lasting(execPath, realPath), ...(script === undefined ? [] : [script])];
  for (const path of command.flatMap((path) => [path, realPath(path)])) {
    if (!isAbsolute(path)) throw new BridgeError('usage', `Cannot tell where this program is: ${path}`);
    if (NPX_CACHE.test(path)) {
      throw new BridgeError(
        'usage',
        'Cannot install a service that runs from the cache of npx, which is emptied at times. ' +
          'Install the program first: the page "Connect a computer" of your relay has the command.',
      );
    }
    if (temporary.some((folder) => isBelow(path, folder, platform))) {
      throw new BridgeError(
        'usage',
        `Cannot install a service that runs from a temporary folder: ${path}. ` +
          'Put the program where it can stay, such as /opt or your home folder, and install the service from there.',
      );
    }
  }
  return command;
}

function lasting(execPath: string, realPath: Running['realPath']): string {
  const link = execPath.replace(HOMEBREW_VERSION, '$1/opt/$2/');
  return realPath(link) === realPath(execPath) ? link : execPath;
}

/** Whether a path is in a folder, by name alone. */
export function isBelow(path: string, folder: string, platform: NodeJS.Platform): boolean {
  const end = folder.endsWith(sep) ? folder : folder + sep;
  return platform === 'win32' ? path.toLowerCase().startsWith(end.toLowerCase()) : path.startsWith(end);
}
