import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { noticesText, thirdParty } from './third-party-notices.ts';

test('passes on the texts of licences, however their files are called, and refuses what has none', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'notices-'));
  try {
    await writeFile(join(folder, 'package.json'), '{"name":"part","version":"1.2.3","license":"ISC"}');
    await assert.rejects(thirdParty(folder), /Cannot pass on part: there is no licence file/);
    await writeFile(join(folder, 'LICENCE.md'), 'Do as you like.\n');
    await writeFile(join(folder, 'NOTICE'), 'Made by them.\n');
    await writeFile(join(folder, 'licenses-checker.js'), 'no licence');
    const part = await thirdParty(folder);
    assert.deepEqual(part, {
      name: 'part',
      version: '1.2.3',
      license: 'ISC',
      texts: ['Do as you like.', 'Made by them.'],
    });
    assert.match(noticesText([part]), /\npart 1\.2\.3 \(ISC\)\n-+\n\nDo as you like\.\n\nMade by them\.\n/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
