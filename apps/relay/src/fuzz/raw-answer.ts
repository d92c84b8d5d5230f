/** An answer as it came over the wire; header names are lower case, of repeated ones the last. */
export interface RawAnswer {
  status: number;
  headers: ReadonlyMap<string, string>;
  body: string;
}

export interface ParsedAnswers {
  answers: RawAnswer[];
  /** What is left is the beginning of another answer, or of none. */
  rest: Buffer;
}

/** Cuts what came over a connection into answers; `isHead`: the first one has no body whatever its headers say. */
export function parseAnswers(
  bytes: Buffer,
  { isHead, isClosed }: { isHead: boolean; isClosed: boolean },
): ParsedAnswers {
  const answers: RawAnswer[] = [];
  let rest = bytes;
  for (;;) {
    const parsed = parseOne(rest, { isHead: isHead && answers.length === 0, isClosed });
    if (parsed === undefined) return { answers, rest };
    const { end, ...answer } = parsed;
    rest = rest.subarray(end);
    if (answer.status >= 200) answers.push(answer);
  }
}

const UNREAD: ReadonlySet<number> = new Set([400, 408, 431]);

function parseOne(
  bytes: Buffer,
  { isHead, isClosed }: { isHead: boolean; isClosed: boolean },
): (RawAnswer & { end: number }) | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const [, digits] = /^HTTP\/1\.1 (\d{3})(?: |$)/.exec(statusLine) ?? [];
  if (digits === undefined) return undefined;
  const status = Number(digits);
  const headers = new Map(lines.map((line) => [line.split(':', 1)[0]!.toLowerCase(), line.replace(/^[^:]*:\s*/, '')]));
  const start = headEnd + 4;
  const answer = { status, headers };
  // What could not be read as HTTP gets its answer from before anybody knew that it was a HEAD.
  const isUnread = UNREAD.has(status) && bytes[start] === 0x7b;
  if ((isHead && !isUnread) || status < 200 || status === 204 || status === 304)
    return { ...answer, body: '', end: start };
  if (headers.get('transfer-encoding') === 'chunked') {
    const chunked = parseChunks(bytes, start);
    return chunked && { ...answer, ...chunked };
  }
  const length = headers.get('content-length');
  if (length === undefined) {
    return isClosed ? { ...answer, body: bytes.toString('utf8', start), end: bytes.length } : undefined;
  }
  const end = start + Number(length);
  return end <= bytes.length ? { ...answer, body: bytes.toString('utf8', start, end), end } : undefined;
}

function parseChunks(bytes: Buffer, start: number): { body: string; end: number } | undefined {
  const pieces: Buffer[] = [];
  for (let at = start; ;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const length = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    const end = lineEnd + 2 + length + 2;
    if (Number.isNaN(length) || end > bytes.length) return undefined;
    if (length === 0) return { body: Buffer.concat(pieces).toString(), end };
    pieces.push(bytes.subarray(lineEnd + 2, end - 2));
    at = end;
  }
}
