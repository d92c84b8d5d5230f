import { EXPORT_FORMAT, EXPORT_VERSION } from './export-file.ts';
import { IMPORT_LIMITS } from './imported-conversation.ts';

/** Why nothing more can be read; the message is for the file's owner. */
export class ImportFileError extends Error {
  override readonly name = 'ImportFileError';
}

export interface JsonEntry {
  /** Undefined: it is larger or deeper than any conversation may be. */
  json: Buffer | undefined;
  /** Of a file of our own. */
  isOwn: boolean;
}

/** Of what is in front of our conversations. */
const MAX_HEAD_BYTES = 64 * 1024;

const [QUOTE, BACKSLASH, COMMA, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = Buffer.from('"\\,[]{}');
/** UTF-8's, as Latin-1: bytes by themselves, however the chunks are cut. */
const BYTE_ORDER_MARK = '\u00EF\u00BB\u00BF';

/**
 * The elements of the file's list: of the file itself, or of `conversations` in an object of ours. Each is cut out by
 * its brackets, so that never more than one of them is held, and what is wrong with one says nothing of the others.
 * @throws ImportFileError when it is neither, or ends in the middle.
 */
export function* jsonEntries(chunks: Iterable<Buffer>): Generator<JsonEntry, void, undefined> {
  let head = '';
  let isOwn = false;
  /** Brackets that are open; the list's elements are one deeper than `listDepth`. */
  let depth = 0;
  let deepest = 0;
  let listDepth = -1;
  let isInString = false;
  let isEscaped = false;
  let pieces: Buffer[] = [];
  let bytes = 0;

  const keep = (piece: Buffer): void => {
    bytes += piece.length;
    if (bytes > IMPORT_LIMITS.entryBytes) pieces = [];
    else pieces.push(piece);
  };
  const taken = (): JsonEntry | undefined => {
    const isFine = bytes <= IMPORT_LIMITS.entryBytes && deepest <= IMPORT_LIMITS.depth;
    const json = isFine ? Buffer.concat(pieces) : undefined;
    const isNothing = bytes <= IMPORT_LIMITS.depth && json?.toString().trim() === '';
    pieces = [];
    bytes = deepest = 0;
    return isNothing ? undefined : { json, isOwn };
  };

  for (const chunk of chunks) {
    let begin = 0;
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index];
      if (isInString) {
        if (isEscaped) isEscaped = false;
        else if (byte === BACKSLASH) isEscaped = true;
        else if (byte === QUOTE) isInString = false;
      } else if (byte === QUOTE) isInString = true;
      else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
        depth++;
        if (listDepth !== -1) deepest = Math.max(deepest, depth - listDepth);
        else if (byte === OPEN_LIST) {
          head += chunk.toString('latin1', begin, index);
          isOwn = headOf(head, depth);
          listDepth = depth;
          begin = index + 1;
        }
      } else if (byte === COMMA && depth === listDepth) {
        keep(chunk.subarray(begin, index));
        begin = index + 1;
        const entry = taken();
        if (entry !== undefined) yield entry;
      } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
        if (depth === listDepth) {
          keep(chunk.subarray(begin, index));
          const entry = taken();
          if (entry !== undefined) yield entry;
          return;
        }
        depth--;
      }
    }
    const rest = chunk.subarray(begin);
    // A chunk's memory is used again for the next one.
    if (listDepth !== -1) keep(Buffer.from(rest));
    else head += rest.toString('latin1');
    if (listDepth === -1 && head.length > MAX_HEAD_BYTES) throw unknownFile();
  }
  throw listDepth === -1 ? unknownFile() : new ImportFileError('The file ends in the middle.');
}

/** Whether what is in front of the list says that it is ours. @throws ImportFileError when it is nobody's. */
function headOf(head: string, depth: number): boolean {
  const text = head.replace(BYTE_ORDER_MARK, '').trim();
  if (depth === 1 && text === '') return false;
  const beginning = depth === 2 && /"conversations"\s*:$/.test(text) ? `${text}[]}` : '';
  let value: unknown;
  try {
    value = JSON.parse(beginning);
  } catch {
    throw unknownFile();
  }
  // as: an object, by its first bracket; what is in it is looked at
  const { format, version } = value as { format?: unknown; version?: unknown };
  if (format !== EXPORT_FORMAT) throw unknownFile();
  if (version !== EXPORT_VERSION) {
    throw new ImportFileError('The file was made by a newer version of this program: bring this relay up to date.');
  }
  return true;
}

function unknownFile(): ImportFileError {
  return new ImportFileError(
    'The file is no export of CloudToLocalLLM, ChatGPT (conversations.json) or Open WebUI: it must be one of these in JSON.',
  );
}
