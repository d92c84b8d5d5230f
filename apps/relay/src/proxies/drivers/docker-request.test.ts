import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { suite, test, type TestContext } from 'node:test';
import { DockerApi } from './docker-api.ts';
import { DockerError, dockerRequest } from './docker-request.ts';

/** A server at a Unix socket in the place of Docker; answers as the test says. */
async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'docker-request-'));
  const path = join(folder, 'docker.sock');
  const server = createServer(listener).listen(path);
  await once(server, 'listening');
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });
  return path;
}

function speaking(version: object): RequestListener {
  return (_, response) => void response.end(JSON.stringify(version));
}

suite('calls of Docker', () => {
  test('say what to do when there is no socket', async () => {
    await assert.rejects(DockerApi.connect('/nowhere/docker.sock'), {
      name: 'DockerError',
      message: /^Docker does not answer at \/nowhere\/docker\.sock: there is no such socket\. Start Docker, or/,
    });
  });

  test('pass on what Docker says against them, with its status', async (t) => {
    const path = await serve(t, (_, response) => {
      response.writeHead(404).end(JSON.stringify({ message: 'No such container: gone' }));
    });
    const refused = dockerRequest(path, { method: 'GET', path: '/v1.41/containers/gone/json' });
    await assert.rejects(refused, (error) => {
      assert.ok(error instanceof DockerError);
      assert.equal(error.status, 404);
      assert.match(error.message, /404 to GET .*gone\/json: No such container: gone$/);
      return true;
    });
  });

  test('end when the answer takes too long', async (t) => {
    const path = await serve(t, (_, response) => void response.write('{'));
    const late = dockerRequest(path, { method: 'GET', path: '/info', timeoutMs: 50 });
    await assert.rejects(late, /does not answer at .*: it takes too long/);
  });

  test('end when they are given up', async (t) => {
    const giveUp = new AbortController();
    const path = await serve(t, () => giveUp.abort());
    const waiting = dockerRequest(path, { method: 'POST', path: '/wait', timeoutMs: 0, signal: giveUp.signal });
    await assert.rejects(waiting, /given up/);
  });

  test('take no answer without an end', async (t) => {
    const path = await serve(t, (_, response) => Readable.from(endless()).pipe(response));
    await assert.rejects(dockerRequest(path, { method: 'GET', path: '/info' }), /longer than \d+ bytes/);
  });

  test('hear why a body is refused before it was read', async (t) => {
    const path = await serve(t, (_, response) => {
      response.writeHead(400).end(JSON.stringify({ message: 'no space left' }));
    });
    const body = Readable.from(endless());
    const closed = new Promise((resolve) => body.on('error', () => undefined).on('close', resolve));
    const sent = dockerRequest(path, { method: 'POST', path: '/images/create', body });
    await assert.rejects(sent, /answers 400 .*: no space left/);
    await closed;
  });

  test('send a stream whole', async (t) => {
    let arrived = Promise.resolve('');
    const path = await serve(t, (request, response) => {
      arrived = text(request);
      void arrived.then(() => response.end('done'));
    });
    const body = Readable.from([Buffer.from('one '), Buffer.from('two')]);
    assert.equal((await dockerRequest(path, { method: 'POST', path: '/images/create', body })).toString(), 'done');
    assert.equal(await arrived, 'one two');
  });
});

suite("the version of Docker's API", () => {
  const paths: string[] = [];
  const listener =
    (version: object): RequestListener =>
    (request, response) => {
      paths.push(request.url ?? '');
      speaking(request.url === '/version' ? version : { OSType: 'linux', MemoryLimit: true })(request, response);
    };

  test('is the oldest with all that is needed', async (t) => {
    const path = await serve(t, listener({ ApiVersion: '1.47', MinAPIVersion: '1.24' }));
    const abilities = await (await DockerApi.connect(path)).abilities();
    assert.deepEqual(abilities, { memory: true, cpu: false });
    assert.equal(paths.at(-1), '/v1.41/info');
  });

  test('is a later one where Docker no longer speaks that', async (t) => {
    const path = await serve(t, listener({ ApiVersion: '1.52', MinAPIVersion: '1.44' }));
    await (await DockerApi.connect(path)).abilities();
    assert.equal(paths.at(-1), '/v1.44/info');
  });

  test('that is too old is refused', async (t) => {
    const path = await serve(t, listener({ ApiVersion: '1.40', MinAPIVersion: '1.12' }));
    await assert.rejects(DockerApi.connect(path), /too old: it speaks version 1\.40/);
  });

  test('is not guessed from what is no Docker', async (t) => {
    const path = await serve(t, speaking({ hello: 'world' }));
    await assert.rejects(DockerApi.connect(path), /Cannot understand Docker's answer/);
  });
});

async function* endless(): AsyncGenerator<Buffer> {
  for (;;) yield await Promise.resolve(Buffer.alloc(1024 * 1024));
}
