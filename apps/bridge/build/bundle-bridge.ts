import { join } from 'node:path';
import { type Plugin, rolldown } from 'rolldown';
import { leanHttp } from './lean-http.ts';

export const BRIDGE = join(import.meta.dirname, '..');

/** As the sources: the tests run on it, and nothing older was ever tried. */
export const NODE_MAJOR = 24;

/** Packages with native parts: never inside a bundle, and all of them may be missing. */
export const NATIVE_PACKAGES = ['bufferutil', '@napi-rs/keyring', 'systray2'] as const;

export interface Bundle {
  /** Code by file name; `main.js` is where it begins. */
  files: Record<string, string>;
  /** Folders of the packages whose code is inside. */
  packages: string[];
}

/** For Node as a program of some files that load each other; native packages are found in `node_modules`, or not. */
export function bundleModules(): Promise<Bundle> {
  return bundle('esm', NATIVE_PACKAGES, [leanHttp]);
}

/**
 * For a single executable: one CommonJS file, which is all that its Node runs. `replacements` are files that stand in for
 * packages; native packages without one are missing.
 */
export function bundleScript(replacements: Readonly<Record<string, string>>): Promise<Bundle> {
  const replace: Plugin = {
    name: 'replace-packages',
    resolveId: { filter: { id: /^[@\w]/ }, handler: (id) => replacements[id] },
  };
  const missing = NATIVE_PACKAGES.filter((name) => !(name in replacements));
  return bundle('cjs', missing, [replace, wrapMain]);
}

async function bundle(format: 'esm' | 'cjs', outside: readonly string[], plugins: Plugin[]): Promise<Bundle> {
  const build = await rolldown({
    input: join(BRIDGE, 'src/main.ts'),
    external: (id) => outside.some((name) => id === name || id.startsWith(`${name}/`)),
    platform: 'node',
    plugins,
    onwarn: (warning) => {
      throw new Error(`Cannot bundle the bridge: ${warning.message}`);
    },
    transform: { target: `node${NODE_MAJOR}` },
  });
  try {
    const { output } = await build.generate({ format, codeSplitting: format === 'esm', comments: false });
    const chunks = output.filter((file) => file.type === 'chunk');
    if (!chunks.some(({ fileName }) => fileName === 'main.js')) throw new Error('Cannot bundle the bridge: no main.js');
    const folders = chunks.flatMap(({ moduleIds }) => moduleIds.flatMap((id) => packageFolder(id) ?? []));
    return {
      files: Object.fromEntries(chunks.map(({ fileName, code }) => [fileName, code])),
      packages: [...new Set(folders)].toSorted(),
    };
  } finally {
    await build.close();
  }
}

/** CommonJS can't wait at the top: what `main.ts` does after its imports becomes a function that is called. */
const wrapMain: Plugin = {
  name: 'wrap-main',
  transform: {
    filter: { id: /[\\/]src[\\/]main\.ts$/ },
    handler(code) {
      const { body } = this.parse(code, { lang: 'ts' });
      const imports = body.findLastIndex(({ type }) => type === 'ImportDeclaration');
      const end = body[imports]?.end ?? 0;
      return `${code.slice(0, end)}\nvoid (async () => {${code.slice(end)}\n})();\n`;
    },
  },
};

const PACKAGE_FOLDER = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/;

function packageFolder(moduleId: string): string | undefined {
  return PACKAGE_FOLDER.exec(moduleId)?.[0];
}
