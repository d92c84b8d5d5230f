import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BRIDGE } from './bundle-bridge.ts';

/** For those who build a package for themselves: nobody reads mail there. */
export const NOBODY = 'CloudToLocalLLM contributors <maintainers@users.noreply.github.com>';
/** What Debian's fields can hold (Debian Policy 5.6.2). */
const CONTACT = /^[^<>()[\],;:@"\\\p{Cc}]+ <[^<>\s@]+@[^<>\s@]+\.[^<>\s@.]+>$/u;

/** Of the root package.json (docs.npmjs.com, "people fields"). */
export type Author = string | { name: string; email?: string };

/**
 * Whom a Debian package names as the one to write to: DEBFULLNAME and DEBEMAIL as all of Debian's tools read them, else
 * the author in the root package.json if there is one with an address, else NOBODY. Throws an Error for what Debian
 * can't read.
 */
export function maintainer(author: Author | undefined, env: NodeJS.ProcessEnv): string {
  const known = typeof author === 'object' ? { name: author.name, email: author.email } : split(author ?? '');
  const given = env['DEBEMAIL'] ?? '';
  const own = given === '' || given.includes('<') ? split(given) : { name: '', email: given };
  const email = own.email ?? known.email;
  if (email === undefined) return NOBODY;
  const contact = `${env['DEBFULLNAME'] || own.name || known.name} <${email}>`;
  if (CONTACT.test(contact)) return contact;
  throw new Error(
    `Cannot name ${JSON.stringify(contact)} as maintainer: set DEBFULLNAME to a name and DEBEMAIL to an address`,
  );
}

/** The author as the root package.json has it. */
export async function packageAuthor(): Promise<Author | undefined> {
  // as: our own file
  const { author } = JSON.parse(await readFile(join(BRIDGE, '../../package.json'), 'utf8')) as { author?: Author };
  return author;
}

/** `name <address>` or a name alone, in npm's form also with `(a page)` behind. */
function split(text: string): { name: string; email?: string } {
  const [, name = '', email] = /^([^<(]*)(?:<([^>]*)>)?/.exec(text.trim()) ?? [];
  return { name: name.trim(), ...(email !== undefined && { email }) };
}
