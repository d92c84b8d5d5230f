import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeModel, type WriteModelOptions } from '../../dev/engine/write-model.ts';

/** Gives an Ollama a tiny model of ours, straight, as its owner would. */
export async function createOllamaModel(engine: URL, name: string, options: WriteModelOptions): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'c2l-model-'));
  try {
    const path = join(directory, 'model.gguf');
    await writeModel(path, { withoutEmbeddings: true, ...options });
    const file = await readFile(path);
    const digest = `sha256:${createHash('sha256').update(file).digest('hex')}`;
    await fetch(new URL(`/api/blobs/${digest}`, engine), { method: 'POST', body: file });
    const created = await fetch(new URL('/api/create', engine), {
      method: 'POST',
      body: JSON.stringify({ model: name, files: { 'model.gguf': digest }, stream: false }),
    });
    assert.equal(created.status, 200, await created.text());
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
