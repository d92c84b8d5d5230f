import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { writeDeclarations } from './declarations.ts';
import { publishedManifest } from './manifest.ts';

const PACKAGE = join(import.meta.dirname, '..');
const REPOSITORY = join(PACKAGE, '..', '..');

/** Old enough for Node 20 and for browsers of 2022, whose own syntax stays as it is. */
const TARGET = 'es2022';

/** What was written, in bytes by file name. */
export type BuiltSdk = { folder: string; sizes: Record<string, number> };

/** Builds the package as it is published: one file of code, one of types, a manifest, the README and the licence. */
export async function buildSdk(folder: string = join(PACKAGE, 'dist')): Promise<BuiltSdk> {
  const entry = join(PACKAGE, 'src/index.ts');
  const { code, map, dependencies } = await bundle(entry);
  const files: Record<string, string> = {
    'index.js': `${code.trimEnd()}\n`,
    'index.js.map': map,
    'index.d.ts': writeDeclarations(entry),
    'package.json': await publishedManifest(join(PACKAGE, 'package.json'), dependencies),
  };
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  for (const path of [join(PACKAGE, 'README.md'), join(REPOSITORY, 'LICENSE')]) {
    await cp(path, join(folder, path.endsWith('LICENSE') ? 'LICENSE' : 'README.md'));
  }
  const sizes = Object.fromEntries(Object.entries(files).map(([name, text]) => [name, Buffer.byteLength(text)]));
  return { folder, sizes };
}

/** The code in one file, with what it uses of the protocol inside; `dependencies` are the packages it still imports. */
async function bundle(entry: string): Promise<{ code: string; map: string; dependencies: string[] }> {
  const build = await rolldown({
    input: entry,
    // Every package but our own; which are left in the end, the manifest checks.
    external: (id) => /^[^./]/.test(id) && !id.startsWith('@cloudtolocalllm/'),
    platform: 'neutral',
    onwarn: (warning) => {
      throw new Error(`Cannot bundle the SDK: ${warning.message}`);
    },
    transform: { target: TARGET },
  });
  try {
    const { output } = await build.generate({ format: 'esm', sourcemap: true });
    const [chunk, ...others] = output.filter((file) => file.type === 'chunk');
    if (!chunk?.map || others.length > 0) throw new Error('Cannot bundle the SDK: it did not become one file');
    return {
      code: `${chunk.code}\n//# sourceMappingURL=index.js.map`,
      map: chunk.map.toString(),
      dependencies: chunk.imports,
    };
  } finally {
    await build.close();
  }
}
