/** What the demo model says. Token strings must be unique, so no word may occur twice in it. */
export const SENTENCE =
  'Hello from the tiny local model running on a real engine and every token of this answer was streamed one by itself ' +
  'through your own tunnel to prove it works.';

/** SentencePiece writes a space as U+2581, in front of the word it belongs to. */
const SPACE = '\u2581';

/** llama.cpp's token types (`llama_token_type`). */
const TOKEN_TYPE = { normal: 1, unknown: 2, control: 3, unused: 5, byte: 6 } as const;

/** ggml likes row counts of matrices to be multiples of this. */
const SIZE_MULTIPLE = 32;

export interface VocabularyToken {
  text: string;
  type: (typeof TOKEN_TYPE)[keyof typeof TOKEN_TYPE];
}

export interface Vocabulary {
  tokens: readonly VocabularyToken[];
  unknownId: number;
  startId: number;
  endId: number;
  /** Ids of byte 0's token; the other 255 follow it. */
  firstByteId: number;
  /** The sentence, in order; its full stop is a token of its own. */
  wordIds: readonly number[];
  /** The first word once more, with a space before it: how an endless answer begins its next round. */
  againId: number;
}

/** The vocabulary of the demo model: three special tokens, 256 bytes for any prompt, the words of the sentence. */
export function createVocabulary(): Vocabulary {
  const [first = '', ...rest] = SENTENCE.slice(0, -1).split(' ');
  const words = [first, ...rest.map((word) => SPACE + word), SENTENCE.slice(-1)];

  const tokens: VocabularyToken[] = [
    { text: '<unk>', type: TOKEN_TYPE.unknown },
    { text: '<s>', type: TOKEN_TYPE.control },
    { text: '</s>', type: TOKEN_TYPE.control },
  ];
  const firstByteId = tokens.length;
  for (let byte = 0; byte < 256; byte++) tokens.push({ text: byteToken(byte), type: TOKEN_TYPE.byte });
  const wordIds = words.map((text) => tokens.push({ text, type: TOKEN_TYPE.normal }) - 1);
  // Nothing is said with a bare space, but without it a prompt would not survive tokenizing and back.
  tokens.push({ text: SPACE, type: TOKEN_TYPE.normal });
  const againId = tokens.push({ text: SPACE + first, type: TOKEN_TYPE.normal }) - 1;
  while (tokens.length % SIZE_MULTIPLE !== 0)
    tokens.push({ text: `<unused${tokens.length}>`, type: TOKEN_TYPE.unused });

  return { tokens, unknownId: 0, startId: 1, endId: 2, firstByteId, wordIds, againId };
}

/** The spelling llama.cpp recognises a byte by, e.g. `<0x0A>`. */
function byteToken(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}
