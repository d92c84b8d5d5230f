import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { SENTENCE } from '../dev/engine/write-model.ts';
import { buildSdk } from '../packages/sdk/build/build-sdk.ts';
import { launchBrowser } from './support/browser.ts';
import type { Exercised } from './support/sdk-exercise.ts';
import { TestStack } from './support/test-stack.ts';

const run = promisify(execFile);
const MODULES = join(import.meta.dirname, '../node_modules');

/** The oldest Node that the package is for, when this machine has one. */
async function findNode20(): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, 'node');
    const version = await run(path, ['--version']).catch(() => undefined);
    if (version?.stdout.startsWith('v20.')) return path;
  }
  return undefined;
}

const PROGRAM = `
import { createClient } from '@cloudtolocalllm/sdk';
import { WebSocket } from 'ws';
import { exercise } from './sdk-exercise.js';

const options = { baseUrl: process.env.RELAY_URL, token: process.env.TOKEN };
const client = createClient({ ...options, webSocket: WebSocket });
const bare = globalThis.WebSocket ? 'has one' : (await createClient(options).realtime.status('me').next().catch(String));
console.log(JSON.stringify({ bare, ...(await exercise(client)) }));
`;

/** Somebody's web site, of these files. */
async function startPages(files: Record<string, string>): Promise<AsyncDisposable & { url: string }> {
  const server = createServer(({ url = '' }, response) => {
    response.setHeader('content-type', url.endsWith('.js') ? 'text/javascript' : 'text/html');
    response.end(files[url] ?? '');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`, // as: it listens on a port
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('the SDK as it is published', () => {
  let stack: TestStack;
  let folder: string;
  let sdk: string;
  let pages: AsyncDisposable & { url: string };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sdk-published-'));
    sdk = join(folder, 'node_modules/@cloudtolocalllm/sdk');
    await buildSdk(sdk);
    for (const name of ['oauth4webapi', 'ws']) await symlink(join(MODULES, name), join(folder, 'node_modules', name));
    const source = await readFile(new URL('support/sdk-exercise.ts', import.meta.url), 'utf8');
    await writeFile(join(folder, 'sdk-exercise.js'), stripTypeScriptTypes(source));
    await writeFile(join(folder, 'program.js'), PROGRAM);
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    pages = await startPages({
      '/page.html': PAGE,
      '/index.js': await readFile(join(sdk, 'index.js'), 'utf8'),
      '/sdk-exercise.js': stripTypeScriptTypes(source),
      '/oauth4webapi.js': await readFile(join(MODULES, 'oauth4webapi/build/index.js'), 'utf8'),
    });
    const relayEnv = { CORS_ORIGINS: pages.url };
    stack = await TestStack.start({ engineArgs: ['--tokens-per-second', '200'], relayEnv });
  });
  after(async () => {
    await pages[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
    await stack[Symbol.asyncDispose]();
  });

  function assertExercised({ answer, types, realtime, refused, left }: Exercised): void {
    assert.equal(answer, SENTENCE);
    assert.deepEqual([types.at(0), types.at(-1)], ['start', 'complete']);
    assert.deepEqual(realtime, ['refetch', 'conversation']);
    assert.equal(refused, 'validation_failed');
    assert.equal(left, 'left');
  }

  async function runWith(node: string): Promise<Exercised & { bare: string }> {
    const env = { RELAY_URL: stack.stack.url, TOKEN: stack.tokens.accessToken };
    const { stdout } = await run(node, ['program.js'], { cwd: folder, env });
    return JSON.parse(stdout) as Exercised & { bare: string }; // what PROGRAM prints
  }

  it('works in this Node', async () => {
    assertExercised(await runWith(process.execPath));
  });

  it('works in Node 20, which has no WebSocket: asks for one', async (t: TestContext) => {
    const node = await findNode20();
    if (node === undefined) return t.skip('There is no Node 20 in PATH: the SDK was not tried with it');
    const { bare, ...exercised } = await runWith(node);
    assert.match(bare, /^ApiError: Cannot open a WebSocket: this runtime has none/);
    assertExercised(exercised);
  });

  it('works in a page of another origin, without a bundler', async () => {
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(`${pages.url}/page.html`);
      const exercised = await page.evaluate(
        async (options): Promise<Exercised> => {
          const load = (name: string): Promise<Record<string, (options: unknown) => unknown>> => import(`/${name}`);
          const [{ createClient }, { exercise }] = await Promise.all([load('index.js'), load('sdk-exercise.js')]);
          // as: what the two files export, which the page has no types of
          return exercise?.(createClient?.(options)) as Promise<Exercised>;
        },
        { baseUrl: stack.stack.url, token: stack.tokens.accessToken },
      );
      assertExercised(exercised);
    } finally {
      await browser.close();
    }
  });
});

const PAGE = `<!doctype html><title>SDK</title>
<script type="importmap">{"imports":{"oauth4webapi":"/oauth4webapi.js"}}</script>`;
