import type { IncomingMessage } from 'node:http';
import { EngineError } from './engine-error.ts';
import { asFields, type Fields } from './fields.ts';

/** Room for a conversation with images; beyond it a request is a mistake. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/**
 * Reads a request's body as a JSON object, whatever its content type says, as Ollama does.
 * @throws EngineError `bad-request` or `body-too-large`.
 */
export async function readJsonBody(request: IncomingMessage): Promise<Fields> {
  const bytes = await readBody(request);
  if (bytes.length === 0) throw new EngineError('bad-request', 'missing request body');
  try {
    return asFields(JSON.parse(bytes.toString('utf8')), 'request body');
  } catch (error) {
    if (error instanceof EngineError) throw error;
    // Without its cause, whose message quotes the text: a prompt must not get into a log that way.
    throw new EngineError('bad-request', 'invalid JSON in request body');
  }
}

/** Reads on to the end of a body that is too large, so that its sender hears the answer; Node's request timeout bounds it. */
async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= MAX_BODY_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (length > MAX_BODY_BYTES)
    throw new EngineError('body-too-large', `request body too large: ${MAX_BODY_BYTES / 1024 / 1024} MB at most`);
  return Buffer.concat(chunks, length);
}
