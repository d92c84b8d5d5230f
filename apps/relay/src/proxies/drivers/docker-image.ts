import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { WORKER_VERSION } from '@cloudtolocalllm/protocol/worker';
import type { Logger } from 'pino';
import type { DockerApi } from './docker-api.ts';
import { type TarEntry, tarArchive } from './tar-archive.ts';
import { workerProgram, type WorkerProgramOptions } from './worker-program.ts';

/** Labels of an image. */
const VERSION_LABEL = 'cloudtolocalllm.worker-version';
const CONTENT_LABEL = 'cloudtolocalllm.content';

/** The program in an image: its entry is JavaScript, run by the image's entry point. */
export const IMAGE_PROGRAM = '/worker/worker.js';
/** Who runs it: nobody of the machine's own. */
export const IMAGE_USER = '65532:65532';
/** Where a container finds the sockets of its relay. */
export const IMAGE_SOCKETS = '/run/proxy';

const NODE = '/usr/local/bin/node';
const PASSWORD_FILE = 'proxy:x:65532:65532::/:/sbin/nologin\n';
/** Lines of `ldd`: `libm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x…)` and, of the loader, `/lib64/ld-linux-x86-64.so.2 (0x…)`. */
const LIBRARY = /^\s*(?:\S+ => )?(\/\S+) \(0x[0-9a-f]+\)$/gm;

export interface ProxyImageOptions {
  api: DockerApi;
  /** Such as `cloudtolocalllm-proxy`. */
  image: string;
  log: Pick<Logger, 'info'>;
  /** What the image runs; absent: `apps/proxy`. */
  program?: Omit<WorkerProgramOptions, 'folder'>;
}

/**
 * The id of the image that workers run; makes it when it is missing, or was made of another worker or Node than this
 * relay's. An image of somebody's own is taken as it is when its label `cloudtolocalllm.worker-version` fits.
 * @throws Error when it is no image for this relay, or can't be made.
 */
export async function ensureProxyImage(options: ProxyImageOptions): Promise<string> {
  const { api, image: name } = options;
  const found = await api.image(name);
  const version = found?.labels[VERSION_LABEL];
  if (found !== undefined && found.labels[CONTENT_LABEL] === undefined) {
    if (version === String(WORKER_VERSION)) return found.id;
    throw new Error(
      `Cannot run proxies in the image ${name}: its label ${VERSION_LABEL} is ${version ?? 'missing'}, not ` +
        `${WORKER_VERSION}. Make one with "npm run proxy:image", under another name in PROXY_DOCKER_IMAGE`,
    );
  }
  return await withProgram(options, async (folder, content) => {
    if (found?.labels[CONTENT_LABEL] === content) return found.id;
    return await buildImage(options, { folder, content, replaces: found?.id });
  });
}

/** Makes the image in any case. As `ensureProxyImage`. */
export async function buildProxyImage(options: ProxyImageOptions): Promise<string> {
  const replaces = (await options.api.image(options.image))?.id;
  return await withProgram(options, (folder, content) => buildImage(options, { folder, content, replaces }));
}

async function withProgram<T>(
  { program }: ProxyImageOptions,
  use: (folder: string, content: string) => Promise<T>,
): Promise<T> {
  const temporary = await mkdtemp(join(tmpdir(), 'proxy-image-'));
  try {
    const folder = dirname(await workerProgram({ ...program, folder: temporary }));
    const parts = [relative(temporary, folder), process.version, process.arch];
    return await use(folder, createHash('sha256').update(parts.join(' ')).digest('hex'));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

interface Build {
  /** Of the worker's program. */
  folder: string;
  content: string;
  /** Id of an image that has the name so far. */
  replaces: string | undefined;
}

async function buildImage({ api, image, log }: ProxyImageOptions, build: Build): Promise<string> {
  if (process.platform !== 'linux') {
    throw new Error(`Cannot make the image ${image}: it is made of the Node that runs here, for ${process.platform}`);
  }
  const libraries = await librariesOf(process.execPath);
  const changes = [
    `ENTRYPOINT ["${NODE}"]`,
    `ENV LD_LIBRARY_PATH=${[...new Set(libraries.map((path) => dirname(path)))].join(':')}`,
    `USER ${IMAGE_USER}`,
    `LABEL ${VERSION_LABEL}=${WORKER_VERSION} ${CONTENT_LABEL}=${build.content}`,
  ];
  const entries = await imageEntries(build.folder, libraries);
  await api.importImage({ name: image, files: Readable.from(tarArchive(entries)), changes });
  const made = await api.image(image);
  if (made?.labels[CONTENT_LABEL] !== build.content) throw new Error(`Cannot make the image ${image}: it is not there`);
  log.info({ image, id: made.id }, 'Made the image that proxies run in');
  if (build.replaces !== undefined && build.replaces !== made.id) await api.removeImage(build.replaces);
  return made.id;
}

/** Node, the libraries that it needs where it looks for them, the worker's program: nothing else, no shell. */
async function imageEntries(program: string, libraries: readonly string[]): Promise<TarEntry[]> {
  const files: TarEntry[] = [
    { type: 'file', name: NODE, source: process.execPath, mode: 0o755 },
    ...libraries.map((path) => ({ type: 'file' as const, name: path, source: path, mode: 0o755 })),
    { type: 'text', name: '/etc/passwd', text: PASSWORD_FILE },
  ];
  for (const entry of await readdir(program, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const source = join(entry.parentPath, entry.name);
    const name = join(dirname(IMAGE_PROGRAM), relative(program, source));
    files.push({ type: 'file', name, source, mode: 0o644 });
  }
  const folders = new Set<string>();
  for (const path of [...files.map(({ name }) => dirname(name)), IMAGE_SOCKETS, '/proc', '/sys', '/dev']) {
    for (let folder = path; folder !== '/'; folder = dirname(folder)) folders.add(folder);
  }
  return [...[...folders].toSorted().map((name) => ({ type: 'folder' as const, name })), ...files];
}

/** Paths of the shared libraries of a program and of its loader; none for one that is static. */
async function librariesOf(program: string): Promise<string[]> {
  const path = await realpath(program);
  const listing = await promisify(execFile)('ldd', [path]).then(
    ({ stdout }) => stdout,
    (error: unknown) => {
      const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
      if (/not a dynamic/i.test(said)) return '';
      throw new Error('Cannot make an image of this Node: ldd does not say which libraries it needs', { cause: error });
    },
  );
  return [...listing.matchAll(LIBRARY)].flatMap(([, found]) => found ?? []);
}
