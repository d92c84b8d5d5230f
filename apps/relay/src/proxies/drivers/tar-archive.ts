import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

const BLOCK_BYTES = 512;
const MAX_NAME_BYTES = 100;

/** A folder, a file of this machine, or a text, by its absolute path where the archive is unpacked. */
export type TarEntry = { name: string } & (
  | { type: 'folder' }
  | { type: 'file'; source: string; mode: number }
  | { type: 'text'; text: string }
);

/**
 * A tar archive (POSIX ustar) of root's files, the same for the same content: no times.
 * @throws Error when a name is too long for it, or a file can't be read.
 */
export async function* tarArchive(entries: Iterable<TarEntry>): AsyncGenerator<Buffer> {
  for (const entry of entries) {
    if (entry.type === 'folder') {
      yield header(`${entry.name}/`, { type: '5', mode: 0o755, size: 0 });
    } else if (entry.type === 'text') {
      const text = Buffer.from(entry.text);
      yield header(entry.name, { type: '0', mode: 0o644, size: text.length });
      yield text;
      yield padding(text.length);
    } else {
      const { size } = await stat(entry.source);
      yield header(entry.name, { type: '0', mode: entry.mode, size });
      let left = size;
      for await (const chunk of createReadStream(entry.source) as AsyncIterable<Buffer>) {
        // as: no encoding is set
        left -= chunk.length;
        yield chunk;
      }
      if (left !== 0) throw new Error(`Cannot archive ${entry.source}: it changed meanwhile`);
      yield padding(size);
    }
  }
  yield Buffer.alloc(2 * BLOCK_BYTES);
}

function header(path: string, { type, mode, size }: { type: '0' | '5'; mode: number; size: number }): Buffer {
  const name = path.replace(/^\//, '');
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) throw new Error(`Cannot archive ${name}: its path is too long`);
  const block = Buffer.alloc(BLOCK_BYTES);
  block.write(name, 0);
  block.write(octal(mode, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(size, 11), 124);
  block.write(octal(0, 11), 136);
  block.write(' '.repeat(8), 148);
  block.write(type, 156);
  block.write('ustar\u000000', 257, 'latin1');
  // Of the header with spaces in its own place.
  const checksum = block.reduce((sum, byte) => sum + byte, 0);
  block.write(`${octal(checksum, 6)}\0 `, 148, 'latin1');
  return block;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES);
}
