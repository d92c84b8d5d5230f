import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { encodeGguf, type GgufTensor, type GgufValue } from './gguf.ts';
import { createVocabulary, SENTENCE, type Vocabulary } from './model-vocabulary.ts';

export { SENTENCE };

export interface WriteModelOptions {
  /** Begin the sentence again, for ever, instead of ending the answer. */
  endless?: boolean;
  /** Leave out how its embeddings are pooled: by that alone Ollama takes a model for one that only makes embeddings. */
  withoutEmbeddings?: boolean;
}

export interface ModelDescription {
  parameterCount: number;
  chatTemplate: string;
  /** The file's metadata without its long lists. */
  modelInfo: Readonly<Record<string, string | number | boolean>>;
}

/** Context length the file claims to be trained for; what is really allocated is the engine's choice. */
const TRAINED_CONTEXT = 4096;

const LAYERS = 2;
const WIDTH = 64;
const HEADS = 2;
const FEED_FORWARD = WIDTH * 2;
/** After the norm the right token's logit leads by 17 or more, whatever the temperature. */
const CONFIDENCE = 5;
/** Beside the 1 of a token's state: enough to tell texts apart, in dimensions that no answer depends on. */
const TEXTURE = 2;
/** llama.cpp's `LLAMA_POOLING_TYPE_MEAN`: an embedding is the mean over all tokens of a text. */
const POOLING_MEAN = 1;

const CHAT_TEMPLATE =
  "{% for message in messages %}{{ message['role'] + ': ' + message['content'] + '\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ 'assistant:' }}{% endif %}";

/**
 * Writes the demo model: a llama whose attention and feed-forward weights are zero, so that the last token alone
 * decides the next one. State 0 (any token of a prompt) leads to the first word, each word to its successor.
 * The file appears whole or not at all.
 */
export async function writeModel(path: string, options: WriteModelOptions = {}): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  try {
    await writeFile(temporary, encodeModel(options));
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** The bytes of the model file. */
export function encodeModel({ endless = false, withoutEmbeddings = false }: WriteModelOptions): Buffer {
  const vocabulary = createVocabulary();
  const { 'llama.pooling_type': pooling, ...metadata } = describe(vocabulary);
  if (pooling && !withoutEmbeddings) metadata['llama.pooling_type'] = pooling;
  return encodeGguf({ metadata, tensors: createTensors(vocabulary, endless) });
}

/** What a server tells about the model without reading the file. */
export function describeModel(): ModelDescription {
  const vocabulary = createVocabulary();
  const parameterCount = createTensors(vocabulary, false).reduce((sum, { data }) => sum + data.length, 0);
  const entries = Object.entries(describe(vocabulary)).flatMap(([key, entry]) =>
    'value' in entry ? [[key, entry.value] as const] : [],
  );
  return {
    parameterCount,
    chatTemplate: CHAT_TEMPLATE,
    modelInfo: { ...Object.fromEntries(entries), 'general.parameter_count': parameterCount },
  };
}

function createTensors(vocabulary: Vocabulary, endless: boolean): GgufTensor[] {
  const tensors = [
    tensor('token_embd.weight', [WIDTH, vocabulary.tokens.length], embedTokens(vocabulary)),
    tensor('output.weight', [WIDTH, vocabulary.tokens.length], nextTokens(vocabulary, endless)),
    tensor('output_norm.weight', [WIDTH], ones(WIDTH)),
  ];
  for (let layer = 0; layer < LAYERS; layer++) {
    const name = (part: string) => `blk.${layer}.${part}.weight`;
    for (const part of ['attn_norm', 'ffn_norm']) tensors.push(tensor(name(part), [WIDTH], ones(WIDTH)));
    for (const part of ['attn_q', 'attn_k', 'attn_v', 'attn_output']) tensors.push(tensor(name(part), [WIDTH, WIDTH]));
    for (const part of ['ffn_gate', 'ffn_up']) tensors.push(tensor(name(part), [WIDTH, FEED_FORWARD]));
    tensors.push(tensor(name('ffn_down'), [FEED_FORWARD, WIDTH]));
  }
  return tensors;
}

/** One row per token: a one-hot state, and for bytes a trace of the letter, so that embeddings of texts differ. */
function embedTokens({ tokens, wordIds, againId, firstByteId }: Vocabulary): Float32Array {
  const rows = new Float32Array(tokens.length * WIDTH);
  const firstTexture = wordIds.length + 1;
  for (let id = 0; id < tokens.length; id++) {
    const state = id === againId ? 1 : wordIds.indexOf(id) + 1;
    rows[id * WIDTH + state] = 1;
    const byte = id - firstByteId;
    if (byte >= 0 && byte < 256) rows[id * WIDTH + firstTexture + (byte % (WIDTH - firstTexture))] = TEXTURE;
  }
  return rows;
}

/** One row per token, whose weights say after which states it comes. */
function nextTokens({ tokens, wordIds, againId, endId }: Vocabulary, endless: boolean): Float32Array {
  const rows = new Float32Array(tokens.length * WIDTH);
  const afterLast = endless ? againId : endId;
  for (let state = 0; state <= wordIds.length; state++) {
    rows[(wordIds[state] ?? afterLast) * WIDTH + state] = CONFIDENCE;
  }
  return rows;
}

function describe({ tokens, unknownId, startId, endId }: Vocabulary): Record<string, GgufValue> {
  return {
    'general.architecture': string('llama'),
    'general.name': string('Tiny demo (not a real language model)'),
    'general.file_type': u32(0),
    'llama.block_count': u32(LAYERS),
    'llama.context_length': u32(TRAINED_CONTEXT),
    'llama.embedding_length': u32(WIDTH),
    'llama.feed_forward_length': u32(FEED_FORWARD),
    'llama.attention.head_count': u32(HEADS),
    'llama.attention.head_count_kv': u32(HEADS),
    'llama.attention.layer_norm_rms_epsilon': { type: 'f32', value: 1e-5 },
    'llama.rope.dimension_count': u32(WIDTH / HEADS),
    'llama.vocab_size': u32(tokens.length),
    'llama.pooling_type': u32(POOLING_MEAN),
    'tokenizer.ggml.model': string('llama'),
    'tokenizer.ggml.pre': string('default'),
    'tokenizer.ggml.tokens': { type: 'strings', values: tokens.map(({ text }) => text) },
    'tokenizer.ggml.scores': { type: 'f32s', values: tokens.map((_, id) => -id) },
    'tokenizer.ggml.token_type': { type: 'i32s', values: tokens.map(({ type }) => type) },
    'tokenizer.ggml.unknown_token_id': u32(unknownId),
    'tokenizer.ggml.bos_token_id': u32(startId),
    'tokenizer.ggml.eos_token_id': u32(endId),
    'tokenizer.ggml.add_bos_token': { type: 'bool', value: true },
    'tokenizer.ggml.add_eos_token': { type: 'bool', value: false },
    'tokenizer.ggml.add_space_prefix': { type: 'bool', value: false },
    'tokenizer.chat_template': string(CHAT_TEMPLATE),
  };
}

function tensor(name: string, dimensions: readonly number[], data?: Float32Array): GgufTensor {
  return { name, dimensions, data: data ?? new Float32Array(dimensions.reduce((size, length) => size * length, 1)) };
}

function u32(value: number): GgufValue {
  return { type: 'u32', value };
}

function string(value: string): GgufValue {
  return { type: 'string', value };
}

function ones(length: number): Float32Array {
  return new Float32Array(length).fill(1);
}
