import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Docker on a busy machine takes seconds to start or remove a container. */
const ANSWER_MS = 60_000;
/** Of one answer: the longest, a list of hundreds of containers, has a kilobyte or two for each. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
const MAX_MESSAGE_CHARACTERS = 500;

export interface DockerCall {
  method: 'GET' | 'POST' | 'DELETE';
  /** With the version of the API before it. */
  path: string;
  query?: Record<string, string | readonly string[] | undefined>;
  /** Sent as JSON; a stream is sent as a tar archive. */
  body?: object | Readable;
  /** Milliseconds until the whole answer is there; 0 = any number, for what waits for an event. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** Docker could not be asked, or did not do what it was asked for. */
export class DockerError extends Error {
  override readonly name = 'DockerError';
  /** Of its answer; undefined when there was none. */
  readonly status: number | undefined;

  constructor(message: string, options: ErrorOptions & { status?: number } = {}) {
    super(message, options);
    this.status = options.status;
  }
}

/**
 * One call of Docker's Engine API over its Unix socket; the answer's body, whole.
 * @throws DockerError when Docker does not answer, or refuses.
 */
export async function dockerRequest(socketPath: string, call: DockerCall): Promise<Buffer> {
  const { method, path, query = {}, body, timeoutMs = ANSWER_MS } = call;
  const expired = timeoutMs === 0 ? undefined : AbortSignal.timeout(timeoutMs);
  const signals = [expired, call.signal].filter((signal) => signal !== undefined);
  const json = body === undefined || isStream(body) ? undefined : Buffer.from(JSON.stringify(body));
  try {
    const { promise: answered, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const request = httpRequest({
      socketPath,
      method,
      path: `${path}${queryText(query)}`,
      // A connection of its own: one that is kept could be closed by Docker at the moment of its next use.
      agent: false,
      signal: AbortSignal.any(signals),
      headers: {
        host: 'docker',
        ...(json !== undefined && { 'content-type': 'application/json', 'content-length': json.length }),
        ...(body !== undefined && json === undefined && { 'content-type': 'application/x-tar' }),
      },
    });
    request.on('error', reject).on('response', resolve);
    if (body !== undefined && isStream(body)) {
      pipeline(body, request).catch(reject);
    } else {
      request.end(json);
    }
    const response = await answered;
    const content = await wholeBody(response).finally(() => request.destroy());
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 400) return content;
    throw new DockerError(`Docker answers ${status} to ${method} ${path}: ${messageOf(content)}`, { status });
  } catch (cause) {
    if (cause instanceof DockerError) throw cause;
    if (call.signal?.aborted === true) throw new DockerError('The question to Docker was given up', { cause });
    throw new DockerError(`Docker does not answer at ${socketPath}: ${reason(cause, expired)}`, { cause });
  }
}

function isStream(body: object): body is Readable {
  return 'pipe' in body;
}

function queryText(query: NonNullable<DockerCall['query']>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const each of value === undefined ? [] : [value].flat()) parameters.append(name, each);
  }
  return parameters.size === 0 ? '' : `?${parameters.toString()}`;
}

async function wholeBody(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    // as: no encoding is set
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw new DockerError(`Docker's answer is longer than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** `{"message": "…"}`, as the Engine API says errors. */
function messageOf(content: Buffer): string {
  const text = content.toString().trim();
  try {
    const { message } = JSON.parse(text) as { message?: unknown }; // as: checked in the next line
    if (typeof message === 'string') return message.slice(0, MAX_MESSAGE_CHARACTERS);
  } catch {
    // Not JSON: said as it is.
  }
  return text.slice(0, MAX_MESSAGE_CHARACTERS);
}

function reason(cause: unknown, expired: AbortSignal | undefined): string {
  if (expired?.aborted === true) return 'it takes too long';
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT') return 'there is no such socket. Start Docker, or name its socket in PROXY_DOCKER_SOCKET';
  if (code === 'ECONNREFUSED') return 'nobody listens there. Start Docker';
  if (code === 'EACCES') {
    return "the relay's user may not use it. Put it into the group docker, which makes it as powerful as root, or use PROXY_DRIVER=process";
  }
  return cause instanceof Error ? cause.message : String(cause);
}
