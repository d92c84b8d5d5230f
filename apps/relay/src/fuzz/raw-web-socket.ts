import { connect, type Socket } from 'node:net';

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface FrameOptions {
  opcode: number;
  payload?: Buffer;
  /** Above the payload's own length, or below: a lie. */
  length?: number;
  fin?: boolean;
  /** The three reserved bits, 0 to 7. */
  reserved?: number;
  masked?: boolean;
}

/** A frame as a client sends it (RFC 6455, 5.2), wrong in any way that is asked for. */
export function webSocketFrame({
  opcode,
  payload = Buffer.alloc(0),
  length = payload.length,
  fin = true,
  reserved = 0,
  masked = true,
}: FrameOptions): Buffer {
  const head = [(fin ? 0x80 : 0) | (reserved << 4) | opcode];
  const maskBit = masked ? 0x80 : 0;
  if (length < 126) head.push(maskBit | length);
  else if (length < 65_536) head.push(maskBit | 126, length >> 8, length & 0xff);
  else {
    const long = Buffer.alloc(8);
    long.writeBigUInt64BE(BigInt(length));
    head.push(maskBit | 127, ...long);
  }
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([Buffer.from(head), masked ? Buffer.alloc(4) : Buffer.alloc(0), payload]);
}

/** How it ended: the code of the close frame, if there was one. */
export interface Ending {
  code: number | undefined;
}

/** A WebSocket client without manners: sends bytes as they are and looks at what comes back. */
export class RawWebSocket {
  /** Of the answer to the upgrade request; 101 = it is open. */
  readonly status: number;
  /** The answer's body when it was refused. */
  readonly refusal: string;
  readonly ended: Promise<Ending>;
  onText: (text: string) => void = () => {};
  onBinary: (message: Buffer) => void = () => {};
  readonly #socket: Socket;
  #bytes: Buffer;
  #end: (ending: Ending) => void;

  /** Sends a whole upgrade request and waits for the head of its answer. */
  static async open(port: number, request: Buffer): Promise<RawWebSocket> {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('error', () => {}); // the relay hung up
    socket.write(request);
    let bytes = Buffer.alloc(0);
    while (!bytes.includes('\r\n\r\n')) {
      const { promise, resolve } = Promise.withResolvers<Buffer | undefined>();
      const onClose = (): void => resolve(undefined);
      socket.once('data', resolve).once('close', onClose);
      const chunk = await promise;
      socket.off('data', resolve).off('close', onClose);
      if (chunk === undefined) break;
      bytes = Buffer.concat([bytes, chunk]);
    }
    return new RawWebSocket(socket, bytes);
  }

  private constructor(socket: Socket, bytes: Buffer) {
    const head = bytes.toString('latin1').split('\r\n\r\n', 1)[0] ?? '';
    this.status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
    this.refusal = this.status === 101 ? '' : bytes.toString('utf8', head.length + 4);
    this.#socket = socket;
    this.#bytes = bytes.subarray(head.length + 4);
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.ended = promise;
    this.#end = resolve;
    socket.on('close', () => resolve({ code: undefined }));
    if (socket.destroyed) resolve({ code: undefined });
    if (this.status !== 101) socket.destroy();
    socket.on('data', (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#read();
    });
    setImmediate(() => this.#read());
  }

  /** Resolves when it is written, or can't be any more. */
  async send(bytes: Buffer): Promise<void> {
    if (!this.#socket.writable || this.#socket.write(bytes)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#socket.once('drain', resolve);
    await Promise.race([promise, this.ended]);
  }

  /** Gone without a word. */
  cut(): void {
    this.#socket.destroy();
  }

  /** The frames of a server: never masked, never cut into fragments by this one. */
  #read(): void {
    for (;;) {
      const bytes = this.#bytes;
      if (bytes.length < 2) return;
      const short = bytes[1]! & 0x7f; // two bytes are there
      const start = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (bytes.length < start) return;
      const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
      if (bytes.length < start + length) return;
      const payload = bytes.subarray(start, start + length);
      this.#bytes = bytes.subarray(start + length);
      const opcode = bytes[0]! & 0x0f;
      if (opcode === OPCODE.text) this.onText(payload.toString());
      else if (opcode === OPCODE.binary) this.onBinary(payload);
      else if (opcode === OPCODE.close) {
        this.#end({ code: payload.length >= 2 ? payload.readUInt16BE(0) : 1005 });
        return this.cut();
      }
    }
  }
}
