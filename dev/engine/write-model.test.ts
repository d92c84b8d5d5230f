import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { TENSOR_ALIGNMENT } from './gguf.ts';
import { createVocabulary } from './model-vocabulary.ts';
import { encodeModel, SENTENCE, writeModel } from './write-model.ts';

test('writes a GGUF header that says how many entries and tensors follow', () => {
  const { magic, version, tensors, metadata } = readGguf(encodeModel({}));
  assert.equal(magic, 'GGUF');
  assert.equal(version, 3);
  assert.equal(tensors.length, 3 + 2 * 9);
  assert.equal(metadata.get('general.architecture'), 'llama');
  assert.equal(metadata.get('tokenizer.ggml.add_bos_token'), true);
});

test('places every tensor at an aligned offset, one after the other, to the end of the file', () => {
  const file = encodeModel({});
  const { tensors, dataStart } = readGguf(file);
  assert.equal(dataStart % TENSOR_ALIGNMENT, 0);
  let expected = 0;
  for (const { offset, elements } of tensors) {
    assert.equal(offset, expected);
    assert.equal(offset % TENSOR_ALIGNMENT, 0);
    expected += Math.ceil((elements * 4) / TENSOR_ALIGNMENT) * TENSOR_ALIGNMENT;
  }
  assert.equal(dataStart + expected, file.length);
});

test('gives every token a text of its own, a score and a type', () => {
  const { metadata } = readGguf(encodeModel({}));
  const tokens = metadata.get('tokenizer.ggml.tokens');
  assert.ok(Array.isArray(tokens));
  assert.equal(new Set(tokens).size, tokens.length);
  assert.equal((metadata.get('tokenizer.ggml.scores') as unknown[]).length, tokens.length);
  assert.equal((metadata.get('tokenizer.ggml.token_type') as unknown[]).length, tokens.length);
});

test('spells the sentence with the tokens of its words', () => {
  const { tokens, wordIds } = createVocabulary();
  assert.equal(
    wordIds
      .map((id) => tokens[id]?.text)
      .join('')
      .replaceAll('\u2581', ' '),
    SENTENCE,
  );
});

test('leaves nothing but the model file behind', async (context) => {
  const directory = await mkdtemp(join(tmpdir(), 'write-model-'));
  context.after(() => rm(directory, { recursive: true }));
  await writeModel(join(directory, 'tiny.gguf'), { endless: true });
  assert.deepEqual(await readdir(directory), ['tiny.gguf']);
  assert.deepEqual(await readFile(join(directory, 'tiny.gguf')), encodeModel({ endless: true }));
  assert.notDeepEqual(encodeModel({ endless: true }), encodeModel({}));
});

/** A reader written from the specification, not from the writer: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md */
function readGguf(file: Buffer) {
  let position = 0;
  const take = (length: number) => (position += length) - length;
  const u32 = () => file.readUInt32LE(take(4));
  const u64 = () => Number(file.readBigUInt64LE(take(8)));
  const text = () => {
    const length = u64();
    return file.toString('utf8', position, take(length) + length);
  };
  const value = (code: number): unknown => {
    if (code === 4) return u32();
    if (code === 5) return file.readInt32LE(take(4));
    if (code === 6) return file.readFloatLE(take(4));
    if (code === 7) return file.readUInt8(take(1)) === 1;
    if (code === 8) return text();
    if (code !== 9) throw new Error(`Unknown value type ${code} at ${position}`);
    const elementCode = u32();
    return Array.from({ length: u64() }, () => value(elementCode));
  };

  const magic = file.toString('latin1', 0, take(4) + 4);
  const version = u32();
  const tensorCount = u64();
  const metadata = new Map<string, unknown>();
  for (let left = u64(); left > 0; left--) metadata.set(text(), value(u32()));
  const tensors = Array.from({ length: tensorCount }, () => {
    const name = text();
    const elements = Array.from({ length: u32() }, u64).reduce((size, length) => size * length, 1);
    return { name, elements, type: u32(), offset: u64() };
  });
  return { magic, version, metadata, tensors, dataStart: Math.ceil(position / TENSOR_ALIGNMENT) * TENSOR_ALIGNMENT };
}
