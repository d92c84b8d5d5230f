import { execFileSync, type ExecFileSyncOptions } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Where Debian and others put the browser. */
const CHROMIUM_PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The browser for the browser tests; undefined when there is none. */
export function findChromium(): string | undefined {
  return [process.env['CHROMIUM'], ...CHROMIUM_PATHS].find((path) => path && existsSync(path));
}

/** Where packages put the daemon. */
const DOCKER_PATHS = ['/usr/sbin/dockerd', '/usr/bin/dockerd', '/usr/local/bin/dockerd'];

/** What single tests need, and say loudly when it is missing: a file of it, and Debian's package. */
const TEST_TOOLS = [
  ['/lib/systemd/systemd', 'systemd'],
  ['/usr/bin/xmllint', 'libxml2-utils'],
  ['/usr/sbin/debootstrap', 'debootstrap'],
  ['/usr/bin/lintian', 'lintian'],
] as const;

/** A desktop for the test of the tray: Debian's package of each file. */
const DESKTOP = {
  '/usr/bin/Xvfb': 'xvfb',
  '/usr/bin/tint2': 'tint2',
  '/usr/bin/xwininfo': 'x11-utils',
  '/usr/bin/xdotool': 'xdotool',
  '/usr/bin/import': 'imagemagick',
  '/usr/bin/dbus-daemon': 'dbus-daemon',
} as const;
/** Of which systray2's program needs one, by any of its names. */
const INDICATOR = 'libayatana-appindicator3-1';
const INDICATOR_FOLDERS = ['/usr/lib/x86_64-linux-gnu', '/usr/lib64', '/usr/lib'];
const INDICATOR_FILES = ['libayatana-appindicator3.so.1', 'libappindicator3.so.1'];

/** Debian's packages that the test of the tray lacks here. */
export function missingDesktop(): string[] {
  const missing: string[] = Object.entries(DESKTOP).flatMap(([path, name]) => (existsSync(path) ? [] : [name]));
  const hasIndicator = INDICATOR_FOLDERS.some((folder) =>
    INDICATOR_FILES.some((file) => existsSync(`${folder}/${file}`)),
  );
  return hasIndicator ? missing : [...missing, INDICATOR];
}

/**
 * Gets what the tests need beyond npm, from Debian's packages where this runs as root on Debian: Chromium; Docker's
 * daemon, a desktop and the tools of single tests, without which those say that they were not run.
 * Throws Error naming what to install elsewhere.
 */
export function installPrerequisites(): void {
  const debianRoot = existsSync('/usr/bin/apt-get') && process.getuid?.() === 0;
  const hasDocker = DOCKER_PATHS.some((path) => existsSync(path));
  if (!findChromium() && !debianRoot) {
    throw new Error(
      'The browser tests need Chromium. Install it (Debian, Ubuntu: sudo apt-get install chromium), or name one:\n' +
        '  CHROMIUM=/path/to/chromium npm test',
    );
  }
  const packages = [
    ...(findChromium() ? [] : ['chromium', 'fonts-dejavu-core']),
    ...(hasDocker || !debianRoot ? [] : ['docker.io']),
    ...(debianRoot ? TEST_TOOLS.filter(([path]) => !existsSync(path)).map(([, name]) => name) : []),
    ...(debianRoot ? missingDesktop() : []),
  ];
  if (packages.length > 0) installPackages(packages);
  if (!findChromium()) throw new Error('Chromium was installed but is not in any of its usual places.');
}

function installPackages(packages: readonly string[]): void {
  console.log(`Installing Debian packages: ${packages.join(', ')}…`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options: ExecFileSyncOptions = { env, stdio: ['ignore', 'ignore', 'inherit'] };
  execFileSync('apt-get', ['update', '-qq'], options);
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], options);
}
