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

/** For networks of the tests' own: a program that each package brings, where it puts it. */
const NETWORK_PROGRAMS: Record<string, readonly string[]> = {
  iproute2: ['/usr/sbin/ip', '/sbin/ip', '/usr/bin/ip'],
  iptables: ['/usr/sbin/iptables', '/sbin/iptables'],
  openssl: ['/usr/bin/openssl'],
};

/**
 * Gets what the tests need beyond npm, from Debian's packages where this runs as root on Debian: Chromium; Docker's
 * daemon, and what makes networks, without which their tests say that they were not run.
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
    ...(debianRoot ? missing(NETWORK_PROGRAMS) : []),
  ];
  if (packages.length > 0) installPackages(packages);
  if (!findChromium()) throw new Error('Chromium was installed but is not in any of its usual places.');
}

function missing(programs: Readonly<Record<string, readonly string[]>>): string[] {
  return Object.keys(programs).filter((name) => !programs[name]?.some((path) => existsSync(path)));
}

function installPackages(packages: readonly string[]): void {
  console.log(`Installing Debian packages: ${packages.join(', ')}…`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options: ExecFileSyncOptions = { env, stdio: ['ignore', 'ignore', 'inherit'] };
  execFileSync('apt-get', ['update', '-qq'], options);
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], options);
}
