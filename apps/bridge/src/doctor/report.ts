import { rename, rm, writeFile } from 'node:fs/promises';
import { arch, release, type } from 'node:os';
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

/** Writes it for this user's eyes; throws the file system's own error. */
export async function writeReport(path: string, text: string): Promise<void> {
  // A file of its own that takes the place of what was there, whosever and however readable that is.
  const temporary = `${path}.${crypto.randomUUID()}`;
  try {
    await writeFile(temporary, text, { mode: 0o600, flag: 'wx' });
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}
