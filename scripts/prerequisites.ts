import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Where Debian and others put the browser. */
const CHROMIUM_PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The browser for the browser tests; undefined when there is none. */
export function findChromium(): string | undefined {
  return [process.env['CHROMIUM'], ...CHROMIUM_PATHS].find((path) => path && existsSync(path));
}

/**
 * Gets what the tests need beyond npm: Chromium, from Debian's packages where this runs as root on Debian.
 * Throws Error naming what to install elsewhere.
 */
export function installPrerequisites(): void {
  if (findChromium()) return;
  const debianRoot = existsSync('/usr/bin/apt-get') && process.getuid?.() === 0;
  if (!debianRoot) {
    throw new Error(
      'The browser tests need Chromium. Install it (Debian, Ubuntu: sudo apt-get install chromium), or name one:\n' +
        '  CHROMIUM=/path/to/chromium npm test',
    );
  }
  console.log('Installing Chromium from Debian packages…');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  execFileSync('apt-get', ['update', '-qq'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (!findChromium()) throw new Error('Chromium was installed but is not in any of its usual places.');
}
