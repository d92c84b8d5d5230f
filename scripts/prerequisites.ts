import { execFileSync, type ExecFileSyncOptions } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Where Debian and others put the browser. */
const CHROMIUM_PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The browser for the browser tests; undefined when there is none. */
export function findChromium(): string | undefined {
  return [process.env['CHROMIUM'], ...CHROMIUM_PATHS].find((path) => path && existsSync(path));
}

/** Debian's packages, each with a file of it, wherever systems put that. */
type Packages = Readonly<Record<string, readonly string[]>>;

const LIBRARIES = ['/usr/lib/x86_64-linux-gnu', '/usr/lib64', '/usr/lib'];

/** A desktop for the test of the tray. */
const DESKTOP: Packages = {
  xvfb: ['/usr/bin/Xvfb'],
  tint2: ['/usr/bin/tint2'],
  'x11-utils': ['/usr/bin/xwininfo'],
  xdotool: ['/usr/bin/xdotool'],
  imagemagick: ['/usr/bin/import'],
  'dbus-daemon': ['/usr/bin/dbus-daemon'],
  // systray2's program needs it by any of these names.
  'libayatana-appindicator3-1': LIBRARIES.flatMap((folder) => [
    `${folder}/libayatana-appindicator3.so.1`,
    `${folder}/libappindicator3.so.1`,
  ]),
};

/** What else single tests need. */
const OTHERS: Packages = {
  'docker.io': ['/usr/sbin/dockerd', '/usr/bin/dockerd', '/usr/local/bin/dockerd'],
  systemd: ['/lib/systemd/systemd'],
  'libxml2-utils': ['/usr/bin/xmllint'],
  debootstrap: ['/usr/sbin/debootstrap'],
  lintian: ['/usr/bin/lintian'],
  'gnome-keyring': ['/usr/bin/gnome-keyring-daemon'],
  'man-db': ['/usr/bin/man'],
  zsh: ['/usr/bin/zsh'],
  fish: ['/usr/bin/fish'],
  iproute2: ['/usr/sbin/ip', '/sbin/ip', '/usr/bin/ip'],
  iptables: ['/usr/sbin/iptables', '/sbin/iptables'],
  openssl: ['/usr/bin/openssl'],
};

/** Debian's packages that the test of the tray lacks here. */
export function missingDesktop(): string[] {
  return missing(DESKTOP);
}

/**
 * Gets what the tests need beyond npm, from Debian's packages where this runs as root on Debian: Chromium, and what single
 * tests need, without which those say that they were not run. Throws Error naming what to install elsewhere.
 */
export function installPrerequisites(): void {
  const debianRoot = existsSync('/usr/bin/apt-get') && process.getuid?.() === 0;
  if (!findChromium() && !debianRoot) {
    throw new Error(
      'The browser tests need Chromium. Install it (Debian, Ubuntu: sudo apt-get install chromium), or name one:\n' +
        '  CHROMIUM=/path/to/chromium npm test',
    );
  }
  const packages = [
    ...(findChromium() ? [] : ['chromium', 'fonts-dejavu-core']),
    ...(debianRoot ? missing({ ...DESKTOP, ...OTHERS }) : []),
  ];
  if (packages.length > 0) installPackages(packages);
  if (!findChromium()) throw new Error('Chromium was installed but is not in any of its usual places.');
}

function missing(packages: Packages): string[] {
  return Object.keys(packages).filter((name) => !packages[name]?.some((path) => existsSync(path)));
}

function installPackages(packages: readonly string[]): void {
  console.log(`Installing Debian packages: ${packages.join(', ')}…`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options: ExecFileSyncOptions = { env, stdio: ['ignore', 'ignore', 'inherit'] };
  execFileSync('apt-get', ['update', '-qq'], options);
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], options);
}
