import { ProtocolError } from './codes.ts';
import { MESSAGE } from './frames.ts';

/** Raised with every change of the bytes on the wire; see the history in docs/PROTOCOL.md. */
export const PROTOCOL_VERSION = 1;

/** The bridge's first message on a socket. Ids are UUIDs. */
export interface Hello {
  version: number;
  /** One per process: a second process of the same bridge replaces the first. */
  instance: string;
  /** The session to go on with; undefined = a new one. */
  session?: string;
  /** How many messages of that session have arrived. */
  received: number;
}

/** The relay's answer. A session other than the one asked for means: reset everything and begin anew. */
export interface Welcome {
  version: number;
  resumed: boolean;
  session: string;
  received: number;
  graceMs: number;
}

const HELLO_BYTES = 1 + 1 + 16 + 16 + 6;
const WELCOME_BYTES = 1 + 1 + 1 + 16 + 6 + 4;
const ACK_BYTES = 1 + 6;

function writeUuid(target: Buffer, offset: number, uuid: string): number {
  return offset + target.write(uuid.replaceAll('-', ''), offset, 'hex');
}

function readUuid(source: Buffer, offset: number): string {
  const hex = source.toString('hex', offset, offset + 16);
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
  // Joined, it is one string; a template would keep its pieces for as long as the connection lives, 300 bytes.
  return parts.join('-');
}

const NO_SESSION = '00000000-0000-0000-0000-000000000000';

export function encodeHello({ version, instance, session = NO_SESSION, received }: Hello): Buffer {
  const buffer = Buffer.alloc(HELLO_BYTES);
  buffer[0] = MESSAGE.hello;
  buffer[1] = version;
  buffer.writeUIntBE(received, writeUuid(buffer, writeUuid(buffer, 2, instance), session), 6);
  return buffer;
}

/** Throws ProtocolError unless the message is a HELLO. */
export function decodeHello(message: Buffer): Hello {
  if (message[0] !== MESSAGE.hello || message.length !== HELLO_BYTES) throw new ProtocolError('expected HELLO');
  const session = readUuid(message, 18);
  return {
    version: message[1] ?? 0,
    instance: readUuid(message, 2),
    ...(session !== NO_SESSION && { session }),
    received: message.readUIntBE(34, 6),
  };
}

export function encodeWelcome({ version, resumed, session, received, graceMs }: Welcome): Buffer {
  const buffer = Buffer.alloc(WELCOME_BYTES);
  buffer[0] = MESSAGE.welcome;
  buffer[1] = version;
  buffer[2] = resumed ? 1 : 0;
  const at = buffer.writeUIntBE(received, writeUuid(buffer, 3, session), 6);
  buffer.writeUInt32BE(graceMs, at);
  return buffer;
}

/** Throws ProtocolError unless the message is a WELCOME. */
export function decodeWelcome(message: Buffer): Welcome {
  if (message[0] !== MESSAGE.welcome || message.length !== WELCOME_BYTES) throw new ProtocolError('expected WELCOME');
  return {
    version: message[1] ?? 0,
    resumed: message[2] === 1,
    session: readUuid(message, 3),
    received: message.readUIntBE(19, 6),
    graceMs: message.readUInt32BE(25),
  };
}

/** ACK: how many messages of this session have arrived in all. */
export function encodeAck(received: number): Buffer {
  const buffer = Buffer.allocUnsafe(ACK_BYTES);
  buffer[0] = MESSAGE.ack;
  buffer.writeUIntBE(received, 1, 6);
  return buffer;
}

export function decodeAck(message: Buffer): number {
  if (message.length !== ACK_BYTES) throw new ProtocolError(`ACK of ${message.length} bytes`);
  return message.readUIntBE(1, 6);
}
