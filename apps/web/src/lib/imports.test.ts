import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, MAX_IMPORT_BYTES, type ImportStatus } from '@cloudtolocalllm/sdk';
import { en } from '../texts/en.ts';
import { createImport } from './imports.ts';

const status = (part: Partial<ImportStatus>): ImportStatus => ({
  importId: 'import-1',
  status: 'running',
  total: 2,
  imported: 0,
  skipped: 0,
  failed: 0,
  problems: [],
  ...part,
});

function setUp(file: () => Promise<ImportStatus>) {
  const phases: string[] = [];
  let imported = 0;
  const imports = createImport({
    calls: {
      import: file,
      async *progress() {
        yield status({ imported: 1 });
        yield status({ status: 'complete', imported: 2 });
      },
    },
    onImported: () => (imported += 1),
    texts: { get: () => en },
  });
  imports.subscribe(() => phases.push(`${imports.get().phase} ${imports.get().status?.imported ?? ''}`.trim()));
  return { imports, phases, imported: () => imported };
}

test('says how far it is, and has the list fetched anew at the end', async () => {
  const { imports, phases, imported } = setUp(async () => status({}));
  await imports.start(new Blob(['[]']));
  assert.deepEqual(phases, ['sending', 'running 1', 'over 2']);
  assert.equal(imported(), 1);
});

test('says why a file was not taken', async () => {
  const { imports, imported } = setUp(async () => {
    throw new ApiError('It is no JSON.', { status: 400, code: 'validation_failed' });
  });
  await imports.start(new Blob(['x']));
  assert.deepEqual([imports.get().phase, imports.get().failure?.detail], ['failed', 'It is no JSON.']);
  assert.equal(imported(), 0);
});

test('does not send what is larger than the relay takes', async () => {
  const { imports, phases } = setUp(async () => status({}));
  await imports.start(Object.defineProperty(new Blob(), 'size', { value: MAX_IMPORT_BYTES + 1 }));
  assert.deepEqual(phases, ['failed']);
});
