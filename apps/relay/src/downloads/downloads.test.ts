import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { apiError, downloads } from '@cloudtolocalllm/protocol';
import { startTestRelay, temporaryFolder } from '../test-relay.ts';

test('hands out the packages of the bridge that a build has made, and nothing else of their folder', async (t) => {
  const downloadsDir = await temporaryFolder(t);
  const { url } = await startTestRelay(t, { config: { downloadsDir } });
  const list = async () => downloads.parse(await (await fetch(`${url}/api/downloads`)).json()).packages;
  assert.deepEqual(await list(), []);

  // Made while the relay runs.
  await writeFile(join(downloadsDir, 'cloudtolocalllm-1.2.3.tgz'), 'npm');
  await writeFile(join(downloadsDir, 'cloudtolocalllm_1.2.3-1_amd64.deb'), 'deb');
  await writeFile(join(downloadsDir, 'cloudtolocalllm-1.2.3-linux-x64'), 'executable');
  await writeFile(join(downloadsDir, 'cloudtolocalllm-1.2.3-win32-x64.exe'), 'executable');
  await writeFile(join(downloadsDir, 'secret.txt'), 'secret');
  await mkdir(join(downloadsDir, 'cloudtolocalllm-9.9.9.tgz'));
  const packages = await list();
  assert.deepEqual(
    packages.map(({ kind, platform, version, size }) => [kind, platform, version, size]),
    [
      ['deb', 'linux-x64', '1.2.3', 3],
      ['executable', 'linux-x64', '1.2.3', 10],
      ['executable', 'win32-x64', '1.2.3', 10],
      ['npm', 'any', '1.2.3', 3],
    ],
  );
  for (const one of packages) {
    const response = await fetch(one.url);
    const bytes = Buffer.from(await response.arrayBuffer());
    assert.equal(createHash('sha256').update(bytes).digest('hex'), one.sha256);
    assert.equal(response.headers.get('content-disposition'), `attachment; filename="${one.name}"`);
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
  }

  // The next build: the digest is the new file's.
  await writeFile(join(downloadsDir, 'cloudtolocalllm-1.2.3.tgz'), 'a newer one');
  const again = (await list()).find(({ kind }) => kind === 'npm');
  assert.equal(again?.sha256, createHash('sha256').update('a newer one').digest('hex'));

  await symlink('/etc/hostname', join(downloadsDir, 'cloudtolocalllm-0.0.1.tgz'));
  for (const name of [
    'secret.txt',
    '..%2f..%2fpackage.json',
    'cloudtolocalllm-9.9.9.tgz',
    'cloudtolocalllm-0.0.1.tgz',
    'x'.repeat(500),
  ]) {
    const response = await fetch(`${url}/download/${name}`);
    assert.ok([400, 404, 414].includes(response.status), `${name} ${response.status}`);
    apiError.parse(await response.json());
  }
});

test('has nothing to hand out when it was built without packages', async (t) => {
  const downloadsDir = join(await temporaryFolder(t), 'nowhere');
  const { url } = await startTestRelay(t, { config: { downloadsDir } });
  assert.deepEqual(await (await fetch(`${url}/api/downloads`)).json(), { packages: [] });
});
