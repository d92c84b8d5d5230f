import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { runInNewContext } from 'node:vm';
import { NATIVE_PACKAGES } from './bundle-bridge.ts';
import { buildNpmPackage, publishedManifest } from './npm-package.ts';
import { sourceManifest } from './source-manifest.ts';

/** Of `ws`, for Nodes that can't do it themselves. */
const NEVER_NEEDED = 'utf-8-validate';
const IMPORTED = /(?:^(?:import|export)\b[^'"]*?|\bimport\(|\b__?require\()\s*["']([^"'./][^"']*)["']/gm;

describe('the npm package', () => {
  let folder: string;
  let code: Record<string, string>;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'npm-package-'));
    await buildNpmPackage(folder);
    const names = await readdir(join(folder, 'lib'));
    const texts = await Promise.all(names.map((name) => readFile(join(folder, 'lib', name), 'utf8')));
    code = Object.fromEntries(names.map((name, at) => [name, texts[at] ?? '']));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('imports nothing but what Node has and what it names as optional', () => {
    const imported = Object.values(code).flatMap((text) => [...text.matchAll(IMPORTED)].map(([, name = '']) => name));
    const optional = new Set<string>([...NATIVE_PACKAGES, NEVER_NEEDED]);
    assert.ok(imported.includes('node:fs'));
    assert.deepEqual(
      imported.filter((name) => !isBuiltin(name) && !optional.has(name)),
      [],
    );
  });

  it('looks for its files by readAsset alone: beside a bundle nothing lies where it lay beside a source', () => {
    for (const [name, text] of Object.entries(code)) {
      assert.doesNotMatch(text, /new URL\([^()]*import\.meta\.(url|dirname)/, name);
    }
  });

  it('runs without what `fetch` and WebSocket are made of, though it imports node:http', async () => {
    const bridge = Object.keys(code).filter((name) => /^(?:run-program|run-bridge)-/.test(name));
    assert.equal(bridge.length, 2);
    const asked = [
      ...bridge.map((name) => `await import(${JSON.stringify(pathToFileURL(join(folder, 'lib', name)))});`),
      'console.log(process.moduleLoadList.join());',
    ];
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', asked.join('\n')]);
    const loaded = stdout.trim().split(',');
    assert.ok(loaded.includes('NativeModule http'));
    assert.deepEqual(
      loaded.filter((name) => name.includes('undici')),
      [],
    );
  });

  it('holds the files that come with the program and the licences of what is inside', async () => {
    assert.match(await readFile(join(folder, 'assets/about.txt'), 'utf8'), /readAsset/);
    const notices = await readFile(join(folder, 'THIRD-PARTY-NOTICES.txt'), 'utf8');
    for (const name of ['commander', 'openid-client', 'ws', 'zod']) {
      assert.match(notices, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(MIT\\)$`, 'm'));
    }
    assert.match(await readFile(join(folder, 'LICENSE'), 'utf8'), /^MIT License/);
  });

  it('tells an old Node in one sentence what to do, in words that it can read', async () => {
    const program = await readFile(join(folder, 'bin/cloudtolocalllm.cjs'), 'utf8');
    assert.doesNotMatch(program.replaceAll(/\/\/.*/g, ''), /=>|\b(?:let|const|class|async|import)\b|`/);
    const said: string[] = [];
    const required: string[] = [];
    class Exit extends Error {}
    const runWith = (version: string): void => {
      const process = {
        version: `v${version}`,
        versions: { node: version },
        exit(code: number): void {
          assert.equal(code, 1);
          throw new Exit();
        },
      };
      const console = { error: (text: string) => said.push(text) };
      runInNewContext(program.replace(/^#!.*/, ''), { process, console, require: (id: string) => required.push(id) });
    };
    assert.throws(() => runWith('0.10.48'), Exit);
    assert.throws(() => runWith('22.20.0'), Exit);
    assert.deepEqual(required, []);
    assert.match(
      said.join('\n'),
      /^cloudtolocalllm needs Node\.js 24 or newer; this is v0\.10\.48\. .*\n.*v22\.20\.0\./,
    );
    runWith('24.0.0');
    assert.deepEqual(required, ['./start.cjs']);
  });
});

describe('its manifest', () => {
  it('can be published: a program, a Node, optional native parts and nothing else to install', async () => {
    const source = await sourceManifest();
    const { bin, engines, optionalDependencies, ...others } = publishedManifest(source) as Record<string, unknown>; // as: of JSON
    assert.deepEqual(bin, { cloudtolocalllm: 'bin/cloudtolocalllm.cjs' });
    assert.deepEqual(engines, { node: '>=24' });
    assert.deepEqual(
      optionalDependencies,
      Object.fromEntries(NATIVE_PACKAGES.map((name) => [name, source.dependencies[name]])),
    );
    assert.equal('dependencies' in others || 'private' in others, false);
  });

  it('is not made when the sources do not depend on a native part', async () => {
    const source = { ...(await sourceManifest()), dependencies: {} };
    assert.throws(() => publishedManifest(source), /does not depend on bufferutil/);
  });
});
