import assert from 'node:assert/strict';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { createClient } from '@cloudtolocalllm/sdk';
import { freePort } from '../dev/src/free-port.ts';
import { SENTENCE } from '../dev/engine/write-model.ts';
import { until } from './support/test-stack.ts';

/** Where nothing listens: this test is about a person who has no Ollama. */
const NO_OLLAMA = '127.0.0.1:9';

describe('npm start', () => {
  let directory: string;
  let env: NodeJS.ProcessEnv;
  let port: number;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'c2l-start-'));
    port = (await freePort())!; // some port is free
    env = { ...process.env, PORT: String(port), DATA_DIR: directory, OLLAMA_HOST: NO_OLLAMA, NO_COLOR: '1' };
  });
  after(() => rm(directory, { recursive: true, force: true }));

  function npmStart(...args: string[]): { child: ChildProcess; output: () => string } {
    // A group of its own, as a terminal gives it: Ctrl-C reaches all of it.
    const child = spawn('npm', ['start', '--', ...args], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += chunk));
    return { child, output: () => text };
  }

  async function token(): Promise<string> {
    const { stdout } = await promisify(execFile)('npm', ['run', '-s', 'token'], { env });
    return stdout.trim();
  }

  /** Processes whose environment names our data directory. */
  async function processesLeft(): Promise<string[]> {
    const left: string[] = [];
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      if (environment.split('\0').includes(`DATA_DIR=${directory}`) && Number(pid) !== process.pid) left.push(pid);
    }
    return left;
  }

  it('brings everything up, prints one address, keeps the data, and leaves no process behind', async () => {
    let conversationId = '';
    let passwordShown = '';
    for (const run of ['first', 'second']) {
      const { child, output } = npmStart();
      await until(`the ${run} run is up\n${output()}`, 60_000, () => output().includes('Ctrl-C stops it'));
      assert.match(output(), /✔ engine +demo engine/);
      assert.match(output(), /✔ relay/);
      assert.match(output(), /✔ bridge +online/);
      assert.match(output(), new RegExp(`Open http://localhost:${port}\\n`));
      assert.match(output(), /same sentence/);
      if (run === 'first') {
        const [, password = ''] = /Sign in with the password (\S+) \(shown this once\)/.exec(output()) ?? [];
        assert.match(password, /^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/);
        passwordShown = password;
      } else {
        assert.match(output(), /npm run password makes a new one/);
        assert.ok(!output().includes(passwordShown), 'it is shown once');
      }
      for (const file of await readdir(join(directory, 'logs'))) {
        assert.ok(!(await readFile(join(directory, 'logs', file), 'utf8')).includes(passwordShown), `${file} holds it`);
      }

      const page = await fetch(`http://localhost:${port}/`);
      assert.equal(page.status, 200);
      assert.match(await page.text(), /<div id="root"/);

      const accessToken = await token();
      const client = createClient({ baseUrl: `http://localhost:${port}`, token: () => accessToken });
      if (run === 'first') {
        conversationId = (await client.conversations.create({ model: 'tiny-demo' })).id;
        assert.equal((await client.messages.ask(conversationId, 'Hello?')).content, SENTENCE);
      } else {
        const messages = await client.messages.list(conversationId);
        assert.equal(messages.at(-1)?.content, SENTENCE);
        assert.equal((await client.bridges.list()).length, 1, 'it is the same bridge');
      }
      process.kill(-child.pid!, 'SIGINT'); // running
      await once(child, 'exit');
      await until('no process is left', 10_000, async () => (await processesLeft()).length === 0);
    }
  });

  it('says so when the port is taken', async () => {
    const { createServer } = await import('node:net');
    const other = createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    try {
      const { child, output } = npmStart();
      const [code] = await once(child, 'exit');
      assert.equal(code, 1);
      assert.match(output(), new RegExp(`Port ${port} is taken`));
    } finally {
      other.close();
    }
  });

  it('explains itself', async () => {
    const { child, output } = npmStart('--help');
    await once(child, 'exit');
    assert.match(output(), /PORT/);
    assert.match(output(), /DATA_DIR/);
  });
});
