/** What a metadata value of a GGUF file can be here; `type` decides its bytes. */
export type GgufValue =
  | { type: 'u32' | 'f32'; value: number }
  | { type: 'bool'; value: boolean }
  | { type: 'string'; value: string }
  | { type: 'strings'; values: readonly string[] }
  | { type: 'f32s' | 'i32s'; values: readonly number[] };

export interface GgufTensor {
  name: string;
  /** Fastest-varying dimension first, as ggml counts. */
  dimensions: readonly number[];
  data: Float32Array;
}

export interface GgufFile {
  metadata: Readonly<Record<string, GgufValue>>;
  tensors: readonly GgufTensor[];
}

/** Tensor data starts at multiples of this; the format's default, so `general.alignment` is not written. */
export const TENSOR_ALIGNMENT = 32;

const MAGIC = 'GGUF';
const VERSION = 3;
const TENSOR_TYPE_F32 = 0;
const VALUE_CODE = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9 } as const;

/**
 * Encodes a model file: GGUF specification, version 3, little-endian, F32 tensors only.
 * https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export function encodeGguf({ metadata, tensors }: GgufFile): Buffer {
  const entries = Object.entries(metadata);
  const head = [Buffer.from(MAGIC), u32(VERSION), u64(tensors.length), u64(entries.length)];
  for (const [key, value] of entries) head.push(text(key), encodeValue(value));

  let offset = 0;
  for (const { name, dimensions, data } of tensors) {
    head.push(text(name), u32(dimensions.length), ...dimensions.map(u64), u32(TENSOR_TYPE_F32), u64(offset));
    offset += aligned(data.byteLength);
  }
  return Buffer.concat([padded(Buffer.concat(head)), ...tensors.map(({ data }) => padded(floats(data)))]);
}

function encodeValue(entry: GgufValue): Buffer {
  switch (entry.type) {
    case 'u32':
      return Buffer.concat([u32(VALUE_CODE.u32), u32(entry.value)]);
    case 'f32':
      return Buffer.concat([u32(VALUE_CODE.f32), floats([entry.value])]);
    case 'bool':
      return Buffer.concat([u32(VALUE_CODE.bool), Buffer.from([entry.value ? 1 : 0])]);
    case 'string':
      return Buffer.concat([u32(VALUE_CODE.string), text(entry.value)]);
    case 'strings':
      return encodeArray(VALUE_CODE.string, entry.values.length, Buffer.concat(entry.values.map(text)));
    case 'f32s':
      return encodeArray(VALUE_CODE.f32, entry.values.length, floats(entry.values));
    case 'i32s':
      return encodeArray(VALUE_CODE.i32, entry.values.length, Buffer.concat(entry.values.map(i32)));
  }
}

function encodeArray(elementCode: number, length: number, elements: Buffer): Buffer {
  return Buffer.concat([u32(VALUE_CODE.array), u32(elementCode), u64(length), elements]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function i32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function floats(values: ArrayLike<number>): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (let index = 0; index < values.length; index++) bytes.writeFloatLE(values[index] ?? 0, index * 4);
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(bytes.length), bytes]);
}

function aligned(length: number): number {
  return Math.ceil(length / TENSOR_ALIGNMENT) * TENSOR_ALIGNMENT;
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(aligned(bytes.length) - bytes.length)]);
}
