import { readFile } from 'node:fs/promises';

/** What is said in the sources' own package.json, as far as it is published. */
type SourceManifest = { name: string; version: string; license: string; dependencies: Record<string, string> };

/**
 * The package.json of the published package: of the dependencies, those alone that the built code imports.
 *
 * @throws Error when it imports one that the sources don't depend on
 */
export async function publishedManifest(path: string, imported: readonly string[]): Promise<string> {
  // as: our own file
  const source = JSON.parse(await readFile(path, 'utf8')) as SourceManifest;
  const manifest = {
    name: source.name,
    version: source.version,
    description: "The client of CloudToLocalLLM: your own computer's language model, wherever you are.",
    license: source.license,
    type: 'module',
    sideEffects: false,
    exports: { '.': { types: './index.d.ts', default: './index.js' }, './package.json': './package.json' },
    types: './index.d.ts',
    files: ['index.js', 'index.js.map', 'index.d.ts'],
    engines: { node: '>=20' },
    dependencies: Object.fromEntries(
      imported.map((name) => {
        const version = source.dependencies[name];
        if (version === undefined)
          throw new Error(`Cannot publish the SDK: it imports ${name} and does not depend on it`);
        return [name, `^${version}`];
      }),
    ),
  };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}
