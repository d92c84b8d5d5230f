import { ProtocolError } from './codes.ts';
import { LINK_LIMITS } from './limits.ts';

/** First byte of a binary message. */
export const MESSAGE = { hello: 0x01, welcome: 0x02, ack: 0x03, frames: 0x10 } as const;

/** Type byte of a frame. */
export const FRAME = { open: 1, head: 2, data: 3, end: 4, reset: 5, window: 6 } as const;

/** type (1), payload length (3), exchange id (4), all big-endian. */
export const FRAME_HEADER_BYTES = 8;
export const MAX_EXCHANGE_ID = 0xffffffff;

/** Header names and values in turn: `[name, value, name, value]`, as Node's `rawHeaders`. */
export type HeaderList = readonly string[];

export interface ExchangeRequest {
  readonly method: string;
  /** Path and query, beginning with a slash. */
  readonly path: string;
  readonly headers: HeaderList;
}

/** Receives the frames of a message, in order. Data is a view into the message: copy what you keep for long. */
export interface FrameVisitor {
  onOpen(id: number, request: ExchangeRequest): void;
  onHead(id: number, status: number, headers: HeaderList): void;
  onData(id: number, data: Buffer): void;
  onEnd(id: number): void;
  onReset(id: number, code: number, reason: string): void;
  onWindow(id: number, limit: number): void;
}

/** Writes a frame header at `offset` and returns the offset of the payload. */
export function writeFrameHeader(target: Buffer, offset: number, type: number, length: number, id: number): number {
  target.writeUInt32BE(type * 0x1000000 + length, offset);
  target.writeUInt32BE(id, offset + 4);
  return offset + FRAME_HEADER_BYTES;
}

function frame(type: number, id: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(FRAME_HEADER_BYTES + length);
  writeFrameHeader(buffer, 0, type, length, id);
  return buffer;
}

function headersBytes(headers: HeaderList): number {
  let bytes = 2;
  for (const text of headers) bytes += 2 + Buffer.byteLength(text);
  return bytes;
}

function writeText(target: Buffer, offset: number, text: string): number {
  const written = target.write(text, offset + 2);
  target.writeUInt16BE(written, offset);
  return offset + 2 + written;
}

function writeHeaders(target: Buffer, offset: number, headers: HeaderList): number {
  let at = target.writeUInt16BE(headers.length / 2, offset);
  for (const text of headers) at = writeText(target, at, text);
  return at;
}

function checkHead(headers: HeaderList, bytes: number): void {
  if (headers.length % 2 !== 0 || headers.length / 2 > LINK_LIMITS.headers) {
    throw new RangeError(`Cannot encode headers: ${headers.length / 2} of them, limit ${LINK_LIMITS.headers}`);
  }
  if (bytes > LINK_LIMITS.headBytes) {
    throw new RangeError(`Cannot encode head: ${bytes} bytes, limit ${LINK_LIMITS.headBytes}`);
  }
}

/** OPEN: method, path, headers. Throws RangeError above the limits. */
export function encodeOpen(id: number, { method, path, headers }: ExchangeRequest): Buffer {
  const methodBytes = Buffer.byteLength(method);
  if (methodBytes > LINK_LIMITS.methodBytes) {
    throw new RangeError(`Cannot encode method: ${methodBytes} bytes, limit ${LINK_LIMITS.methodBytes}`);
  }
  const pathBytes = Buffer.byteLength(path);
  if (pathBytes > LINK_LIMITS.pathBytes) {
    throw new RangeError(`Cannot encode path: ${pathBytes} bytes, limit ${LINK_LIMITS.pathBytes}`);
  }
  const bytes = 4 + methodBytes + pathBytes + headersBytes(headers);
  checkHead(headers, bytes);
  const buffer = frame(FRAME.open, id, bytes);
  writeHeaders(buffer, writeText(buffer, writeText(buffer, FRAME_HEADER_BYTES, method), path), headers);
  return buffer;
}

/** Interim answers (1xx) end at the bridge: an exchange has one head, and it is final. */
function isFinalStatus(status: number): boolean {
  return status >= 200 && status <= 599;
}

/** HEAD: status (200-599) and headers of the answer. Throws RangeError above the limits. */
export function encodeHead(id: number, status: number, headers: HeaderList): Buffer {
  if (!isFinalStatus(status)) throw new RangeError(`Cannot encode status ${status}`);
  const bytes = 2 + headersBytes(headers);
  checkHead(headers, bytes);
  const buffer = frame(FRAME.head, id, bytes);
  writeHeaders(buffer, buffer.writeUInt16BE(status, FRAME_HEADER_BYTES), headers);
  return buffer;
}

export function encodeEnd(id: number): Buffer {
  return frame(FRAME.end, id, 0);
}

/** RESET: code and reason; a reason above the limit is cut between two characters. */
export function encodeReset(id: number, code: number, reason: string): Buffer {
  const text = Buffer.alloc(LINK_LIMITS.reasonBytes);
  const bytes = text.write(reason); // never writes part of a character
  const buffer = frame(FRAME.reset, id, 2 + bytes);
  text.copy(buffer, buffer.writeUInt16BE(code, FRAME_HEADER_BYTES), 0, bytes);
  return buffer;
}

export const WINDOW_FRAME_BYTES = FRAME_HEADER_BYTES + 6;

/** WINDOW: how many bytes of this exchange the other side may have sent in all, counted from its first. */
export function writeWindow(target: Buffer, offset: number, id: number, limit: number): number {
  return target.writeUIntBE(limit, writeFrameHeader(target, offset, FRAME.window, 6, id), 6);
}

/** Reads bounded texts out of one frame's payload. */
class PayloadReader {
  readonly #buffer: Buffer;
  readonly #end: number;
  #at: number;

  constructor(buffer: Buffer, start: number, end: number) {
    this.#buffer = buffer;
    this.#at = start;
    this.#end = end;
  }

  uint16(): number {
    const at = this.#take(2);
    return this.#buffer.readUInt16BE(at);
  }

  text(limit: number): string {
    const length = this.uint16();
    if (length > limit) throw new ProtocolError(`text of ${length} bytes, limit ${limit}`);
    const at = this.#take(length);
    return this.#buffer.toString('utf8', at, at + length);
  }

  headers(): string[] {
    const count = this.uint16();
    if (count > LINK_LIMITS.headers) throw new ProtocolError(`${count} headers, limit ${LINK_LIMITS.headers}`);
    const headers: string[] = [];
    for (let index = 0; index < count * 2; index++) headers.push(this.text(LINK_LIMITS.headBytes));
    this.finish();
    return headers;
  }

  finish(): void {
    if (this.#at !== this.#end) throw new ProtocolError(`${this.#end - this.#at} bytes too many in a frame`);
  }

  #take(bytes: number): number {
    const at = this.#at;
    if (at + bytes > this.#end) throw new ProtocolError('frame shorter than its content says');
    this.#at += bytes;
    return at;
  }
}

/**
 * Decodes a FRAMES message and calls the visitor frame by frame.
 * Throws ProtocolError on anything malformed; frames before it have been visited.
 */
export function decodeFrames(message: Buffer, visitor: FrameVisitor): void {
  if (message.length > LINK_LIMITS.maxMessageBytes) {
    throw new ProtocolError(`message of ${message.length} bytes, limit ${LINK_LIMITS.maxMessageBytes}`);
  }
  let at = 1;
  while (at < message.length) {
    if (at + FRAME_HEADER_BYTES > message.length) throw new ProtocolError('cut frame header');
    const word = message.readUInt32BE(at);
    const id = message.readUInt32BE(at + 4);
    const start = at + FRAME_HEADER_BYTES;
    const end = start + (word & 0xffffff);
    if (end > message.length) throw new ProtocolError('frame longer than its message');
    if (id === 0) throw new ProtocolError('exchange id 0');
    visitFrame(word >>> 24, id, message, start, end, visitor);
    at = end;
  }
}

function visitFrame(
  type: number,
  id: number,
  message: Buffer,
  start: number,
  end: number,
  visitor: FrameVisitor,
): void {
  const length = end - start;
  switch (type) {
    case FRAME.data:
      if (length === 0 || length > LINK_LIMITS.frameBytes) throw new ProtocolError(`DATA of ${length} bytes`);
      return visitor.onData(id, message.subarray(start, end));
    case FRAME.window:
      if (length !== 6) throw new ProtocolError(`WINDOW of ${length} bytes`);
      return visitor.onWindow(id, message.readUIntBE(start, 6));
    case FRAME.end:
      if (length !== 0) throw new ProtocolError(`END of ${length} bytes`);
      return visitor.onEnd(id);
    case FRAME.head: {
      if (length > LINK_LIMITS.headBytes) throw new ProtocolError(`HEAD of ${length} bytes`);
      const reader = new PayloadReader(message, start, end);
      const status = reader.uint16();
      if (!isFinalStatus(status)) throw new ProtocolError(`HEAD with status ${status}`);
      return visitor.onHead(id, status, reader.headers());
    }
    case FRAME.open: {
      if (length > LINK_LIMITS.headBytes) throw new ProtocolError(`OPEN of ${length} bytes`);
      const reader = new PayloadReader(message, start, end);
      const method = reader.text(LINK_LIMITS.methodBytes);
      const path = reader.text(LINK_LIMITS.pathBytes);
      return visitor.onOpen(id, { method, path, headers: reader.headers() });
    }
    case FRAME.reset:
      if (length < 2 || length > 2 + LINK_LIMITS.reasonBytes) throw new ProtocolError(`RESET of ${length} bytes`);
      return visitor.onReset(id, message.readUInt16BE(start), message.toString('utf8', start + 2, end));
    default:
      throw new ProtocolError(`frame type ${type} is not of this version`);
  }
}
