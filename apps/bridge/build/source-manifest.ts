import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BRIDGE } from './bundle-bridge.ts';

/** What is said in the sources' own package.json, as far as packages are made of it. */
export interface SourceManifest {
  name: string;
  version: string;
  license: string;
  dependencies: Record<string, string>;
}

export async function sourceManifest(): Promise<SourceManifest> {
  // as: our own file
  return JSON.parse(await readFile(join(BRIDGE, 'package.json'), 'utf8')) as SourceManifest;
}
