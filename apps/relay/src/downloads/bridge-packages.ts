import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { BridgePackage } from '@cloudtolocalllm/protocol';

/** As a build names them; whatever else lies in the folder is nobody's business. */
const NAMES: readonly [kind: BridgePackage['kind'], pattern: RegExp][] = [
  ['npm', /^cloudtolocalllm-(?<version>\d+\.\d+\.\d+)\.tgz$/],
  [
    'executable',
    /^cloudtolocalllm-(?<version>\d+\.\d+\.\d+)-(?<platform>(?:linux|darwin|win32)-(?:x64|arm64))(?:\.exe)?$/,
  ],
  ['deb', /^cloudtolocalllm_(?<version>\d+\.\d+\.\d+)(?:-\d+)?_(?<arch>amd64|arm64)\.deb$/],
];
const DEBIAN_PLATFORMS: Record<string, string> = { amd64: 'linux-x64', arm64: 'linux-arm64' };

export type LocalPackage = Omit<BridgePackage, 'url'>;

/** The packages of the bridge in a folder, which a build may fill or change while the relay runs. */
export class BridgePackages {
  readonly #directory: string;
  /** By name, size and time of change: a file is read once. */
  readonly #digests = new Map<string, Promise<string>>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** What is there now; nothing when the folder is missing. */
  async list(): Promise<LocalPackage[]> {
    const names = await readdir(this.#directory).catch((): string[] => []);
    const found = await Promise.all(names.toSorted((a, b) => a.localeCompare(b)).map((name) => this.#read(name)));
    return found.filter((one) => one !== undefined);
  }

  async #read(name: string): Promise<LocalPackage | undefined> {
    const parsed = parsedName(name);
    if (parsed === undefined) return undefined;
    const path = join(this.#directory, name);
    try {
      const about = await lstat(path);
      if (!about.isFile()) return undefined;
      const { size, mtimeMs } = about;
      const key = `${name} ${size} ${mtimeMs}`;
      let digest = this.#digests.get(key);
      if (digest === undefined) this.#digests.set(key, (digest = sha256Of(path)));
      return { ...parsed, name, size, sha256: await digest };
    } catch {
      return undefined; // gone meanwhile
    }
  }
}

/** What a file's name says; undefined when it is no package's. */
function parsedName(name: string): Pick<BridgePackage, 'kind' | 'platform' | 'version'> | undefined {
  for (const [kind, pattern] of NAMES) {
    const { version, platform, arch } = pattern.exec(name)?.groups ?? {};
    if (version === undefined) continue;
    return { kind, version, platform: platform ?? DEBIAN_PLATFORMS[arch ?? ''] ?? 'any' };
  }
  return undefined;
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
