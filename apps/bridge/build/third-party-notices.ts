import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A file that holds a package's licence, as its authors name it. */
const LICENSE_FILE = /^(licen[cs]e|copying|notice)([.-].*)?$/i;

/** A part that is inside a package of ours: what it is and the terms it came with. */
export interface ThirdParty {
  name: string;
  version: string;
  license: string;
  /** The texts of its licence files. */
  texts: string[];
}

/**
 * What the package.json and the licence files in a package's folder say.
 * @throws Error when there is no licence file: its terms would be broken by passing it on.
 */
export async function thirdParty(folder: string): Promise<ThirdParty> {
  // as: what npm itself demands of a package
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Record<string, string>;
  const { name = '', version = '', license = 'see below' } = manifest;
  const names = (await readdir(folder)).filter((file) => LICENSE_FILE.test(file)).toSorted();
  if (names.length === 0) throw new Error(`Cannot pass on ${name}: there is no licence file in ${folder}`);
  const texts = await Promise.all(names.map((file) => readFile(join(folder, file), 'utf8')));
  return { name, version, license, texts: texts.map((text) => text.trim()) };
}

/** All of them in one text, as their licences ask for. */
export function noticesText(parts: readonly ThirdParty[]): string {
  const line = '-'.repeat(80);
  const texts = parts.map(({ name, version, license, texts }) =>
    [line, `${name} ${version} (${license})`, line, '', texts.join('\n\n'), ''].join('\n'),
  );
  return [
    'CloudToLocalLLM is under the MIT licence, see the file LICENSE. This package also holds the following software.',
    '',
    ...texts,
  ].join('\n');
}
