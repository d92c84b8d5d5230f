import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire, stripTypeScriptTypes } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';

/** What is not in the standard library and may be part of the program. */
const OUR_PACKAGE = '@cloudtolocalllm/';
/** The specifier of an import or export, as our sources and the stripped ones write them. */
const SPECIFIER = /(^(?:import|export)\b[^'"`;]*?\bfrom\s*|^import\s*|\bimport\s*\(\s*)(['"])([^'"\n]+)\2/gm;
const HASH_CHARACTERS = 16;

export interface WorkerProgramSources {
  /** It is written into a folder in this one. */
  folder: string;
  /** Where it begins. */
  entry: string;
  /** Sources that run before the entry. */
  before: readonly string[];
}

/**
 * Writes the worker's program as plain JavaScript, its imports with it, and returns the path of its entry. Node runs our
 * sources as they are, but a process that strips types takes twice the memory of one that needn't.
 * The folder is named after the content, and there in full or not at all.
 * @throws Error when a source can't be read, or imports a package that is not ours.
 */
export async function writeWorkerProgram({ folder, entry, before }: WorkerProgramSources): Promise<string> {
  const sources = await importGraph([...before, entry]);
  const root = commonFolder([...sources.keys()]);
  const target = (path: string): string => relative(root, path).replace(/\.ts$/, '.js');
  const files = new Map<string, string>();
  for (const [path, { code, imports }] of sources) {
    const rewritten = code.replaceAll(SPECIFIER, (whole, statement: string, quote: string, specifier: string) => {
      const imported = imports.get(specifier);
      if (imported === undefined) return whole;
      return `${statement}${quote}${moduleSpecifier(dirname(target(path)), target(imported))}${quote}`;
    });
    files.set(target(path), rewritten);
  }
  files.set('package.json', '{ "type": "module" }\n');
  const entries = [...before, entry].map((path) => `import '${moduleSpecifier('.', target(resolve(path)))}';\n`);
  files.set('worker.js', entries.join(''));
  return join(await writeProgram(folder, files), 'worker.js');
}

interface Source {
  code: string;
  /** Paths by specifier. */
  imports: Map<string, string>;
}

async function importGraph(entries: readonly string[]): Promise<Map<string, Source>> {
  const sources = new Map<string, Source>();
  const left = entries.map((path) => resolve(path));
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    if (sources.has(path)) continue;
    const code = stripTypeScriptTypes(await readFile(path, 'utf8'));
    const imports = new Map<string, string>();
    for (const [, , , specifier = ''] of code.matchAll(SPECIFIER)) {
      const imported = resolveImport(specifier, path);
      if (imported !== undefined) imports.set(specifier, imported);
    }
    sources.set(path, { code, imports });
    left.push(...imports.values());
  }
  return sources;
}

/** Undefined for what Node brings. */
function resolveImport(specifier: string, importer: string): string | undefined {
  if (specifier.startsWith('node:')) return undefined;
  if (specifier.startsWith('./') || specifier.startsWith('../')) return resolve(dirname(importer), specifier);
  if (specifier.startsWith(OUR_PACKAGE)) return createRequire(importer).resolve(specifier);
  throw new Error(`Cannot write the worker's program: ${importer} imports "${specifier}", and it may need no packages`);
}

function commonFolder(paths: readonly string[]): string {
  const [first = [], ...others] = paths.map((path) => dirname(path).split(sep));
  const length = first.findIndex((part, index) => others.some((other) => other[index] !== part));
  return (length === -1 ? first : first.slice(0, length)).join(sep) || sep;
}

function moduleSpecifier(fromFolder: string, to: string): string {
  const path = relative(fromFolder, to).split(sep).join('/');
  return path.startsWith('.') ? path : `./${path}`;
}

/** Writes the files to a folder that is named after them, unless they are there already, untouched. */
async function writeProgram(folder: string, files: ReadonlyMap<string, string>): Promise<string> {
  const content = JSON.stringify([...files].toSorted(([one], [other]) => (one < other ? -1 : 1)));
  const hash = createHash('sha256').update(content).digest('hex').slice(0, HASH_CHARACTERS);
  const place = join(folder, `worker-${hash}`);
  if (await holds(place, files)) return place;
  const draft = `${place}-${randomUUID()}`;
  for (const [name, text] of files) {
    await mkdir(dirname(join(draft, name)), { recursive: true });
    await writeFile(join(draft, name), text);
  }
  await rm(place, { recursive: true, force: true });
  try {
    await rename(draft, place);
  } catch (error) {
    // Another relay was quicker with the same.
    await rm(draft, { recursive: true, force: true });
    if (!(await holds(place, files))) throw error;
  }
  return place;
}

async function holds(place: string, files: ReadonlyMap<string, string>): Promise<boolean> {
  const same = [...files].map(async ([name, text]) => {
    return (await readFile(join(place, name), 'utf8').catch(() => undefined)) === text;
  });
  return (await Promise.all(same)).every(Boolean);
}
