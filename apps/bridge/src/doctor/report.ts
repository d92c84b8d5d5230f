import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { arch, release, type } from 'node:os';
import { BridgeError } from '../bridge-error.ts';
import type { CheckResult, Facts } from './check.ts';
import { proxyName } from '../network/proxy-settings.ts';
import { VERSION } from '../version.ts';
import { checkLines } from './check-text.ts';
import { recentLog } from './recent-log.ts';
import { scrubber } from './scrub.ts';

/** A file to attach to a bug: what there is to know, and no secret, name or word of a conversation. */
export async function reportText(results: readonly CheckResult[], facts: Facts, now = new Date()): Promise<string> {
  const { config, running, account, userId, userName } = facts;
  const { https, http, exceptions } = config.proxies;
  const credentials = account?.credentials;
  const scrub = scrubber({
    '[secret]': [
      credentials?.accessToken,
      credentials?.refreshToken,
      ...[https, http].flatMap((proxy) => (proxy ? [proxy.password, decodeURIComponent(proxy.password)] : [])),
      ...[https, http].flatMap((proxy) => (proxy ? [proxy.username, decodeURIComponent(proxy.username)] : [])),
    ],
    '[user]': [userId, userName, credentials?.user],
    '[computer]': [config.computerName],
  });
  const settings = {
    profile: config.profile,
    directory: config.directory,
    relay: credentials?.relay ?? config.relay,
    issuer: credentials?.issuer,
    bridgeId: credentials?.bridgeId,
    signedIn: credentials !== undefined,
    tokenExpires: credentials && new Date(credentials.accessTokenExpires).toISOString(),
    engineUrl: config.engineUrl,
    allowModelManagement: config.allowModelManagement,
    proxies: { https: https && proxyName(https), http: http && proxyName(http), exceptions },
  };
  const sections: [title: string, text: string][] = [
    ['Program', `cloudtolocalllm ${VERSION}, Node ${process.version}, ${type()} ${release()} ${arch()}`],
    ['Time', now.toISOString()],
    ['Checks', checkLines(results).join('\n')],
    ['Settings', JSON.stringify(settings, undefined, 2)],
    ['Bridge', JSON.stringify(running ?? 'not running', undefined, 2)],
    ['Log', (await recentLog(config.directory)).join('\n') || '(none is kept)'],
  ];
  const text = sections.map(([title, content]) => `## ${title}\n\n${scrub(content)}\n`).join('\n');
  return `# Report of cloudtolocalllm doctor\n\nRead it before you attach it: it names your relay and your models.\n\n${text}`;
}

/** Why a file cannot be written, by the file system's codes. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'that disk cannot be written to',
  ENOENT: 'there is no such folder',
  ENOTDIR: 'there is no such folder',
  ENOSPC: 'the disk is full',
};

/** Writes it for this user's eyes; throws BridgeError. */
export async function writeReport(path: string, text: string): Promise<void> {
  // As root, a new file in the place of /dev/null or /dev/stdout would be there for every program.
  const found = await stat(path).catch(() => undefined);
  if (found && !found.isFile()) throw unwritten(path, 'that is not a file');
  // A file of its own that takes the place of what was there, whosever and however readable that is.
  const temporary = `${path}.${crypto.randomUUID()}`;
  try {
    await writeFile(temporary, text, { mode: 0o600, flag: 'wx' });
    await rename(temporary, path);
  } catch (cause) {
    const { code = 'unknown' } = cause as NodeJS.ErrnoException; // as: of the file system
    throw unwritten(path, REASONS[code] ?? code, cause);
  } finally {
    // Where the folder is none, not even this can be done.
    await rm(temporary, { force: true }).catch(() => {});
  }
}

function unwritten(path: string, reason: string, cause?: unknown): BridgeError {
  const todo = 'name another one with --report FILE';
  return new BridgeError('failed', `Cannot write the report to ${path}: ${reason}: ${todo}`, { cause });
}
