import { spawn } from 'node:child_process';
import { basename, delimiter, dirname } from 'node:path';
import { InstallError } from './install-error.ts';

/** What npm tells the scripts it runs about the outer project; it must not steer the inner install. */
const OUTER_SETTINGS =
  /^npm_(package|lifecycle|config_(global|prefix|local_prefix|workspaces?|omit|include|only|dry_run|package_lock))/i;
const NETWORK_TROUBLE =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT|ENOTCACHED/;
/** Enough of npm's last words to recognise the reason. */
const MAX_ERROR_TEXT = 16_384;

/**
 * Runs npm silently in `directory`: the npm that runs this program, else the one in PATH.
 * @throws InstallError `npm-missing`, `no-network` or `npm-failed`; the signal's reason when aborted.
 */
export async function runNpm(directory: string, parameters: readonly string[], signal?: AbortSignal): Promise<void> {
  const { exitCode, errorText } = await execute(directory, parameters, signal);
  if (exitCode === 0) return;
  signal?.throwIfAborted();
  const command = `npm ${parameters.join(' ')}`;
  if (NETWORK_TROUBLE.test(errorText)) {
    throw new InstallError('no-network', 'the npm registry cannot be reached. Check the network and try again.');
  }
  const npmCode = /code (\S+)/.exec(errorText)?.[1] ?? `exit code ${exitCode}`;
  throw new InstallError('npm-failed', `npm failed (${npmCode}). Run "${command}" in ${directory} to see why.`);
}

function execute(directory: string, parameters: readonly string[], signal?: AbortSignal) {
  const { command, prefix } = findNpm();
  return new Promise<{ exitCode: number | null; errorText: string }>((resolve, reject) => {
    const child = spawn(command, [...prefix, ...parameters], {
      cwd: directory,
      env: childEnvironment(),
      stdio: ['ignore', 'ignore', 'pipe'],
      // Windows starts npm.cmd only through a shell; the parameters are our own constants.
      shell: process.platform === 'win32' && prefix.length === 0,
      // At SIGTERM npm would go on to undo its work, beside the next install; a half-made folder is simply made anew.
      ...(signal && { signal, killSignal: 'SIGKILL' as const }),
    });
    let errorText = '';
    child.stderr
      .setEncoding('utf8')
      .on('data', (text: string) => (errorText = (errorText + text).slice(-MAX_ERROR_TEXT)));
    child.on('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'ENOENT'
          ? new InstallError('npm-missing', 'npm was not found. Install Node.js with npm.', { cause: error })
          : error,
      );
    });
    child.on('close', (exitCode) => resolve({ exitCode, errorText }));
  });
}

function findNpm(): { command: string; prefix: string[] } {
  const script = process.env.npm_execpath;
  // Yarn and pnpm set this variable as well, to themselves.
  if (script !== undefined && /^npm-cli\.c?js$/.test(basename(script)))
    return { command: process.execPath, prefix: [script] };
  return { command: 'npm', prefix: [] };
}

function childEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !OUTER_SETTINGS.test(name) && name.toUpperCase() !== 'PATH',
  );
  return { ...Object.fromEntries(inherited), PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) };
}
