import { SdkError } from './sdk-error.ts';

/**
 * One line holds one event; the longest carries a whole answer. More than this is not ours, and
 * a line without an end must not fill the memory.
 */
const MAX_LINE_CHARACTERS = 4 * 1024 * 1024;

export type NdjsonErrorCode = 'line_too_long' | 'malformed_line' | 'truncated';

/** The stream is not NDJSON, or was cut inside a line. */
export class NdjsonError extends SdkError {
  override readonly name = 'NdjsonError';
  readonly code: NdjsonErrorCode;

  constructor(code: NdjsonErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/**
 * Decodes newline-delimited JSON. Characters may be cut anywhere between chunks; blank lines and the
 * spaces that keep a silent connection alive are skipped.
 *
 * @throws NdjsonError
 */
export async function* decodeNdjson(
  source: AsyncIterable<Uint8Array>,
  maxLineCharacters = MAX_LINE_CHARACTERS,
): AsyncGenerator<unknown, void, undefined> {
  const decoder = new TextDecoder();
  // The line so far, in pieces: joining per chunk would copy a long line again and again.
  let pieces: string[] = [];
  let length = 0;

  const keep = (piece: string): void => {
    length += piece.length;
    if (length > maxLineCharacters) {
      throw new NdjsonError('line_too_long', `Cannot read the stream: a line is longer than ${maxLineCharacters}`);
    }
    // Keep-alive spaces in front of a line need no place.
    if (length === piece.length && piece.trim() === '') length = 0;
    else pieces.push(piece);
  };
  const take = (): string => {
    const line = pieces.join('');
    pieces = [];
    length = 0;
    return line;
  };

  for await (const bytes of source) {
    const text = decoder.decode(bytes, { stream: true });
    let from = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
      keep(text.slice(from, end));
      from = end + 1;
      const line = take();
      if (line.trim() !== '') yield parse(line, 'malformed_line');
    }
    keep(text.slice(from));
  }
  keep(decoder.decode());
  const last = take();
  if (last.trim() !== '') yield parse(last, 'truncated');
}

function parse(line: string, code: NdjsonErrorCode): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new NdjsonError(code, 'Cannot read the stream: a line is not JSON', cause);
  }
}
