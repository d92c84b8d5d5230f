import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BRIDGE, bundleModules, NATIVE_PACKAGES, NODE_MAJOR } from './bundle-bridge.ts';
import { maskingModules } from './masking-modules.ts';
import { sourceManifest, type SourceManifest } from './source-manifest.ts';
import { noticesText, thirdParty } from './third-party-notices.ts';

/** The package.json of the published package: nothing but native parts is left to install, and none of them is needed. */
export function publishedManifest({ name, version, license, dependencies }: SourceManifest): object {
  return {
    name,
    version,
    description:
      "Connects this computer's language models to your relay: it dials out, no port is open to the network.",
    keywords: ['ollama', 'llm', 'openai', 'lm-studio', 'llama.cpp', 'vllm', 'tunnel', 'self-hosted'],
    license,
    type: 'module',
    bin: { cloudtolocalllm: 'bin/cloudtolocalllm.cjs' },
    files: ['bin', 'lib', 'native', 'assets', 'THIRD-PARTY-NOTICES.txt'],
    engines: { node: `>=${NODE_MAJOR}` },
    optionalDependencies: Object.fromEntries(
      NATIVE_PACKAGES.map((native) => {
        const wanted = dependencies[native];
        if (wanted === undefined) throw new Error(`Cannot publish the bridge: it does not depend on ${native}`);
        return [native, wanted];
      }),
    ),
  };
}

/** Writes the package as it is published into an empty folder, for `npm pack` or `npm publish`. */
export async function buildNpmPackage(folder: string = join(BRIDGE, 'dist/npm')): Promise<string> {
  const [{ files, packages }, masking, manifest] = await Promise.all([
    bundleModules(),
    maskingModules(),
    sourceManifest(),
  ]);
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'lib'), { recursive: true });
  for (const [name, code] of Object.entries(files)) await writeFile(join(folder, 'lib', name), code);
  for (const [name, path] of Object.entries(masking.files)) await cp(path, join(folder, name));
  await cp(join(BRIDGE, 'packaging/npm'), folder, { recursive: true });
  await cp(join(BRIDGE, 'assets'), join(folder, 'assets'), { recursive: true });
  await cp(join(BRIDGE, '../../LICENSE'), join(folder, 'LICENSE'));
  const parts = await Promise.all([...packages, ...masking.packages].map((path) => thirdParty(path)));
  await writeFile(join(folder, 'THIRD-PARTY-NOTICES.txt'), noticesText(parts));
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(publishedManifest(manifest), undefined, 2)}\n`);
  return folder;
}
