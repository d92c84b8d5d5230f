import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin, type Rolldown } from 'vite';

/** A library's part that is larger than this comes when it is needed, and is kept then. */
const MAX_SHELL_FILE = 200 * 1024;
const ENTRY = 'src/worker/service-worker.ts';
const SOURCES = '/apps/web/src/';

type Output = Rolldown.OutputBundle;

/** Builds the service worker after the app, as one script with a name that stays, which knows the files of this build. */
export function serviceWorker(): Plugin {
  let root = '';
  let outDir = '';
  return {
    name: 'service-worker',
    apply: 'build',
    configResolved(config) {
      root = config.root;
      outDir = config.build.outDir;
    },
    async writeBundle(_options, bundle) {
      const files = [...shellFiles(bundle), ...publicFiles(join(root, 'public'))].toSorted();
      const index = bundle['index.html'];
      const page = index?.type === 'asset' ? index.source : '';
      const hash = createHash('sha256').update(files.join('\n')).update(page);
      for (const file of publicFiles(join(root, 'public'))) hash.update(readFileSync(join(root, 'public', file)));
      const shell = { version: hash.digest('hex').slice(0, 16), files };
      await build({
        configFile: false,
        root,
        logLevel: 'warn',
        publicDir: false,
        define: { BUILT_SHELL: JSON.stringify(shell) },
        build: {
          outDir,
          emptyOutDir: false,
          rolldownOptions: {
            input: join(root, ENTRY),
            output: { format: 'iife', entryFileNames: 'service-worker.js', codeSplitting: false },
          },
        },
      });
    },
  };
}

/** Scripts and styles that are ours, and what they need at once: all pages open without a network. */
function shellFiles(bundle: Output): string[] {
  const files = new Set<string>();
  const add = (name: string): void => {
    const part = bundle[name];
    if (part?.type !== 'chunk' || files.has(`/${name}`) || part.code.length > MAX_SHELL_FILE) return;
    files.add(`/${name}`);
    part.imports.forEach(add);
  };
  for (const part of Object.values(bundle)) {
    if (part.type === 'asset') {
      if (part.fileName.endsWith('.css')) files.add(`/${part.fileName}`);
    } else if (isFirst(part) || part.facadeModuleId?.includes(SOURCES)) {
      // Without the first script there is no app, whatever its size.
      if (isFirst(part)) files.add(`/${part.fileName}`);
      add(part.fileName);
      part.imports.forEach(add);
    }
  }
  return [...files];
}

/** Pages for frames have scripts of their own, which nobody needs without a network. */
function isFirst({ isEntry, facadeModuleId }: Rolldown.OutputChunk): boolean {
  return isEntry && facadeModuleId?.endsWith('/index.html') === true;
}

function publicFiles(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length));
}
