import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { ProtocolError } from './codes.ts';
import {
  decodeAck,
  decodeHello,
  decodeWelcome,
  encodeAck,
  encodeHello,
  encodeWelcome,
  PROTOCOL_VERSION,
} from './handshake.ts';

const instance = '11111111-2222-4333-8444-555555555555';
const session = '66666666-7777-4888-9999-aaaaaaaaaaaa';

/** The bytes on the wire, field by field. A change here is a new PROTOCOL_VERSION. */
const GOLDEN: { name: string; hex: string; encoded: Buffer; decode: (message: Buffer) => unknown; value: unknown }[] = [
  {
    name: 'HELLO, new session',
    hex: '01 01 11111111222243338444555555555555 00000000000000000000000000000000 000000000000',
    encoded: encodeHello({ version: 1, instance, received: 0 }),
    decode: decodeHello,
    value: { version: 1, instance, received: 0 },
  },
  {
    name: 'HELLO, resuming',
    hex: '01 01 11111111222243338444555555555555 66666666777748889999aaaaaaaaaaaa 00000000002a',
    encoded: encodeHello({ version: 1, instance, session, received: 42 }),
    decode: decodeHello,
    value: { version: 1, instance, session, received: 42 },
  },
  {
    name: 'WELCOME, new session',
    hex: '02 01 00 66666666777748889999aaaaaaaaaaaa 000000000000 00015f90',
    encoded: encodeWelcome({ version: 1, resumed: false, session, received: 0, graceMs: 90_000 }),
    decode: decodeWelcome,
    value: { version: 1, resumed: false, session, received: 0, graceMs: 90_000 },
  },
  {
    name: 'WELCOME, resumed',
    hex: '02 01 01 66666666777748889999aaaaaaaaaaaa 000000000007 00015f90',
    encoded: encodeWelcome({ version: 1, resumed: true, session, received: 7, graceMs: 90_000 }),
    decode: decodeWelcome,
    value: { version: 1, resumed: true, session, received: 7, graceMs: 90_000 },
  },
  { name: 'ACK', hex: '03 000000000007', encoded: encodeAck(7), decode: decodeAck, value: 7 },
  {
    name: 'ACK at its end',
    hex: '03 ffffffffffff',
    encoded: encodeAck(2 ** 48 - 1),
    decode: decodeAck,
    value: 2 ** 48 - 1,
  },
];

function bytes(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex');
}

describe('handshake, byte by byte', () => {
  for (const { name, hex, encoded, decode, value } of GOLDEN) {
    it(`encodes ${name}`, () => assert.equal(encoded.toString('hex'), hex.replaceAll(' ', '')));
    it(`decodes ${name}`, () => assert.deepEqual(decode(bytes(hex)), value));
    it(`refuses ${name} cut or prolonged by a byte`, () => {
      assert.throws(() => decode(bytes(hex).subarray(0, -1)), ProtocolError);
      assert.throws(() => decode(Buffer.concat([bytes(hex), Buffer.alloc(1)])), ProtocolError);
    });
  }

  it('finds the same bytes in docs/PROTOCOL.md', async () => {
    const page = await readFile(new URL('../../../../docs/PROTOCOL.md', import.meta.url), 'utf8');
    for (const { name, hex } of GOLDEN) assert.ok(page.includes(`\`${hex}\``), `${name} is missing: ${hex}`);
  });
});

describe('handshake', () => {
  it('takes one kind for no other', () => {
    const hello = encodeHello({ version: PROTOCOL_VERSION, instance, received: 0 });
    const welcome = encodeWelcome({ version: PROTOCOL_VERSION, resumed: false, session, received: 0, graceMs: 0 });
    assert.throws(
      () => decodeHello(Buffer.concat([welcome, Buffer.alloc(hello.length - welcome.length)])),
      /expected HELLO/,
    );
    assert.throws(() => decodeWelcome(hello.subarray(0, welcome.length)), /expected WELCOME/);
    assert.throws(() => decodeHello(Buffer.alloc(0)), ProtocolError);
    assert.throws(() => decodeWelcome(Buffer.alloc(0)), ProtocolError);
    assert.throws(() => decodeAck(Buffer.alloc(0)), ProtocolError);
  });

  it('reads a version of the future, so that it can be refused by its number', () => {
    assert.equal(decodeHello(encodeHello({ version: 255, instance, received: 0 })).version, 255);
  });

  it('counts messages beyond 32 bits', () => {
    const received = 2 ** 48 - 1;
    assert.equal(decodeHello(encodeHello({ version: 1, instance, session, received })).received, received);
    assert.equal(
      decodeWelcome(encodeWelcome({ version: 1, resumed: true, session, received, graceMs: 2 ** 32 - 1 })).received,
      received,
    );
  });

  it('takes only 1 for resumed', () => {
    const message = encodeWelcome({ version: 1, resumed: true, session, received: 0, graceMs: 0 });
    message[2] = 2;
    assert.equal(decodeWelcome(message).resumed, false);
  });
});
