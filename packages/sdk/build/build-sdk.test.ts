import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { type BuiltSdk, buildSdk } from './build-sdk.ts';
import { CONSUMER, sameTypes } from './consumer.ts';

const run = promisify(execFile);
const REPOSITORY = join(import.meta.dirname, '../../..');
const COMPILERS = {
  'TypeScript 5.9': join(REPOSITORY, 'packages/sdk/node_modules/typescript/bin/tsc'),
  'TypeScript 7': join(REPOSITORY, 'node_modules/typescript/bin/tsc'),
};
/** Where a program may run, and what its compiler knows then. */
const PLACES = {
  Node: { lib: ['es2023'], types: ['node'], typeRoots: [join(REPOSITORY, 'node_modules/@types')] },
  browsers: { lib: ['es2023', 'dom', 'dom.iterable'], types: [] },
};

/** More than the code has by far; what pulls in the schemas of the API would pass it. */
const MAX_CODE_BYTES = 100_000;

describe('the SDK as it is published', () => {
  let folder: string;
  let built: BuiltSdk;
  let code: string;
  let types: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sdk-consumer-'));
    built = await buildSdk(join(folder, 'dist'));
    code = await readFile(join(built.folder, 'index.js'), 'utf8');
    types = await readFile(join(built.folder, 'index.d.ts'), 'utf8');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const compile = async (compiler: string, options: object, files: Record<string, string>): Promise<void> => {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const config = { compilerOptions: { ...STRICT, ...options }, files: Object.keys(files) };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
    await run(process.execPath, [compiler, '-p', folder]).catch(({ stdout }: { stdout: string }) =>
      assert.fail(stdout),
    );
  };

  it('is one file of code that imports nothing but its one dependency', () => {
    const imported = [...code.matchAll(/(?:^|\n)(?:import|export)\b[^\n]* from ["']([^"']+)["']/g)].map(
      ([, name]) => name,
    );
    assert.deepEqual(imported, ['oauth4webapi']);
    assert.doesNotMatch(code, /\bimport\(|\brequire\(|zod|node:/);
    assert.ok(code.length < MAX_CODE_BYTES, `${code.length} bytes`);
  });

  it('has types that import nothing, with names and comments', () => {
    assert.doesNotMatch(types, /^import |\bimport\(|zod|@cloudtolocalllm|<reference|ReturnType<|: any\b/m);
    assert.match(types, /get: \(id: string, options\?: CallOptions\) => Promise<Conversation>;/);
    assert.match(types, /\/\*\* Seconds without a request after which it ends\. \*\/\n\s+timeout\?: number;/);
  });

  it('says in its manifest what it needs, and is not private', async () => {
    const manifest: unknown = JSON.parse(await readFile(join(built.folder, 'package.json'), 'utf8'));
    const { dependencies } = JSON.parse(await readFile(join(REPOSITORY, 'packages/sdk/package.json'), 'utf8')) as {
      dependencies: Record<string, string>; // our own file
    };
    assert.deepEqual(manifest, {
      name: '@cloudtolocalllm/sdk',
      version: '0.1.0',
      description: "The client of CloudToLocalLLM: your own computer's language model, wherever you are.",
      license: 'MIT',
      type: 'module',
      sideEffects: false,
      exports: { '.': { types: './index.d.ts', default: './index.js' }, './package.json': './package.json' },
      types: './index.d.ts',
      files: ['index.js', 'index.js.map', 'index.d.ts'],
      engines: { node: '>=20' },
      dependencies: { oauth4webapi: `^${dependencies['oauth4webapi']}` },
    });
  });

  it("has the very types of the protocol's schemas", async () => {
    const entry = await readFile(join(REPOSITORY, 'packages/sdk/src/index.ts'), 'utf8');
    const [, list = ''] = /export type \{([^}]*)\} from '@cloudtolocalllm\/protocol'/.exec(entry) ?? [];
    const names = list.split(',').map((name) => name.trim());
    assert.ok(names.length > 40);
    const check = (sdk: string): Promise<void> =>
      compile(
        COMPILERS['TypeScript 5.9'],
        {
          ...PLACES.Node,
          module: 'esnext',
          moduleResolution: 'bundler',
          allowImportingTsExtensions: true,
          skipLibCheck: true,
          lib: ['es2024', 'esnext.disposable'],
          paths: { protocol: [join(REPOSITORY, 'packages/protocol/src/index.ts')], sdk: [`./${sdk}`] },
        },
        { 'same-types.ts': sameTypes(names.filter((name) => name !== '')) },
      );
    await check('dist/index.d.ts');
    // And the comparison sees what is missing.
    await writeFile(join(folder, 'lacking.d.ts'), types.replace(/\n *systemLoad\?: number;/, ''));
    await assert.rejects(check('lacking.d.ts'), /same-types\.ts.*Type 'true' is not assignable to type 'false'/);
  });

  describe('installed from its tarball', () => {
    before(async () => {
      const npm = (...options: string[]) => run('npm', [...options, '--offline'], { cwd: folder });
      await npm('pack', built.folder);
      await npm('pack', join(REPOSITORY, 'node_modules/oauth4webapi'));
      await writeFile(
        join(folder, 'package.json'),
        JSON.stringify({ name: 'consumer', private: true, type: 'module' }),
      );
      const { version } = JSON.parse(
        await readFile(join(REPOSITORY, 'node_modules/oauth4webapi/package.json'), 'utf8'),
      ) as { version: string }; // every package has one
      await npm('install', './cloudtolocalllm-sdk-0.1.0.tgz', `./oauth4webapi-${version}.tgz`);
    });

    it('brings its README and its licence', async () => {
      const read = (name: string) => readFile(join(folder, 'node_modules/@cloudtolocalllm/sdk', name), 'utf8');
      assert.match(await read('README.md'), /^# @cloudtolocalllm\/sdk/);
      assert.match(await read('LICENSE'), /MIT License/);
    });

    for (const [name, compiler] of Object.entries(COMPILERS)) {
      for (const [place, known] of Object.entries(PLACES)) {
        for (const [module, moduleResolution] of [
          ['nodenext', 'nodenext'],
          ['esnext', 'bundler'],
        ]) {
          it(`compiles strictly with ${name} for ${place}, resolved as ${moduleResolution} does`, async () => {
            await compile(compiler, { ...known, module, moduleResolution }, { 'consumer.ts': CONSUMER });
          });
        }
      }
    }

    it('runs', async () => {
      await compile(
        COMPILERS['TypeScript 7'],
        { ...PLACES.Node, module: 'nodenext', moduleResolution: 'nodenext', noEmit: false },
        { 'consumer.ts': CONSUMER },
      );
      const { stdout } = await run(process.execPath, ['consumer.js'], { cwd: folder });
      assert.equal(stdout, 'http://127.0.0.1:9/ollama network_error 0\n');
    });
  });
});

const STRICT = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  verbatimModuleSyntax: true,
  skipLibCheck: false,
  target: 'es2022',
  noEmit: true,
};
