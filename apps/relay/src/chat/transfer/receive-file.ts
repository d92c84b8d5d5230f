import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { RelayError } from '../../errors.ts';

/**
 * Writes a request's body to a file that its owner alone can read; nothing is left of one that fails.
 * @throws RelayError payload_too_large, bad_request when it breaks off or is empty.
 */
export async function receiveFile(body: IncomingMessage, path: string, maxBytes: number): Promise<void> {
  if (Number(body.headers['content-length']) > maxBytes) throw tooLarge(maxBytes);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  let bytes = 0;
  const bounded = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      yield chunk;
    }
  };
  try {
    await pipeline(body, bounded, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
    if (bytes === 0)
      throw new RelayError('bad_request', 'Cannot import: the body is empty. Send the file as the body.');
  } catch (error) {
    await rm(path, { force: true });
    if (error instanceof RelayError || !body.errored) throw error;
    throw new RelayError('bad_request', 'The body broke off before its end.', { cause: error });
  }
}

function tooLarge(maxBytes: number): RelayError {
  return new RelayError('payload_too_large', `Cannot import: the file is larger than ${maxBytes} bytes.`);
}
