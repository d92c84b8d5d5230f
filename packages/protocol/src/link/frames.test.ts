import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { ProtocolError } from './codes.ts';
import {
  decodeFrames,
  encodeEnd,
  encodeHead,
  encodeOpen,
  encodeReset,
  FRAME,
  FRAME_HEADER_BYTES,
  MAX_EXCHANGE_ID,
  MESSAGE,
  WINDOW_FRAME_BYTES,
  writeFrameHeader,
  writeWindow,
  type FrameVisitor,
  type HeaderList,
} from './frames.ts';
import { LINK_LIMITS } from './limits.ts';

/** The bytes on the wire, field by field. A change here is a new PROTOCOL_VERSION. */
const GOLDEN: { name: string; hex: string; encoded: Buffer; visit: unknown[] }[] = [
  {
    name: 'OPEN',
    hex: '01 000033 00000001 0004 504f5354 0009 2f6170692f63686174 0001 000c 636f6e74656e742d74797065 0010 6170706c69636174696f6e2f6a736f6e',
    encoded: encodeOpen(1, { method: 'POST', path: '/api/chat', headers: ['content-type', 'application/json'] }),
    visit: ['open', 1, 'POST', '/api/chat', ['content-type', 'application/json']],
  },
  {
    name: 'OPEN without headers',
    hex: '01 00000a 00000002 0003 474554 0001 2f 0000',
    encoded: encodeOpen(2, { method: 'GET', path: '/', headers: [] }),
    visit: ['open', 2, 'GET', '/', []],
  },
  {
    name: 'HEAD',
    hex: '02 00000e 00000001 00c8 0001 0004 64617465 0002 c3bc',
    encoded: encodeHead(1, 200, ['date', 'ü']),
    visit: ['head', 1, 200, ['date', 'ü']],
  },
  { name: 'DATA', hex: '03 000002 00000001 6869', encoded: dataFrame(1, 'hi'), visit: ['data', 1, 'hi'] },
  { name: 'END', hex: '04 000000 ffffffff', encoded: encodeEnd(MAX_EXCHANGE_ID), visit: ['end', MAX_EXCHANGE_ID] },
  {
    name: 'RESET',
    hex: '05 000006 00000001 0001 676f6e65',
    encoded: encodeReset(1, 1, 'gone'),
    visit: ['reset', 1, 1, 'gone'],
  },
  {
    name: 'RESET without a reason',
    hex: '05 000002 00000001 0009',
    encoded: encodeReset(1, 9, ''),
    visit: ['reset', 1, 9, ''],
  },
  {
    name: 'WINDOW',
    hex: '06 000006 00000001 000000020000',
    encoded: windowFrame(1, 131_072),
    visit: ['window', 1, 131_072],
  },
  {
    name: 'WINDOW at its end',
    hex: '06 000006 00000001 ffffffffffff',
    encoded: windowFrame(1, 2 ** 48 - 1),
    visit: ['window', 1, 2 ** 48 - 1],
  },
];

function dataFrame(id: number, payload: string | Buffer): Buffer {
  return rawFrame(FRAME.data, id, Buffer.from(payload as string));
}

function rawFrame(type: number, id: number, payload: Buffer): Buffer {
  const buffer = Buffer.alloc(FRAME_HEADER_BYTES);
  writeFrameHeader(buffer, 0, type, payload.length, id);
  return Buffer.concat([buffer, payload]);
}

function windowFrame(id: number, limit: number): Buffer {
  const buffer = Buffer.alloc(WINDOW_FRAME_BYTES);
  assert.equal(writeWindow(buffer, 0, id, limit), WINDOW_FRAME_BYTES);
  return buffer;
}

function bytes(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex');
}

/** A text in front of which stands its length. */
function text(value: string): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeUInt16BE(value.length);
  return Buffer.concat([buffer, Buffer.from(value)]);
}

/** A FRAMES message of these frames. */
function framesMessage(...frames: Buffer[]): Buffer {
  return Buffer.concat([Buffer.of(MESSAGE.frames), ...frames]);
}

function visits(message: Buffer): unknown[][] {
  const seen: unknown[][] = [];
  const visitor: FrameVisitor = {
    onOpen: (id, { method, path, headers }) => seen.push(['open', id, method, path, headers]),
    onHead: (id, status, headers) => seen.push(['head', id, status, headers]),
    onData: (id, data) => seen.push(['data', id, data.toString()]),
    onEnd: (id) => seen.push(['end', id]),
    onReset: (id, code, reason) => seen.push(['reset', id, code, reason]),
    onWindow: (id, limit) => seen.push(['window', id, limit]),
  };
  decodeFrames(message, visitor);
  return seen;
}

function refused(message: Buffer, reason: RegExp): void {
  assert.throws(
    () => visits(message),
    (error) => error instanceof ProtocolError && reason.test(error.message),
  );
}

/** `count` headers of which each takes 4 + 2 bytes of the head. */
function manyHeaders(count: number): HeaderList {
  return Array.from({ length: count * 2 }, () => 'x');
}

describe('frames, byte by byte', () => {
  for (const { name, hex, encoded, visit } of GOLDEN) {
    it(`encodes ${name}`, () => assert.equal(encoded.toString('hex'), hex.replaceAll(' ', '')));
    it(`decodes ${name}`, () => assert.deepEqual(visits(framesMessage(bytes(hex))), [visit]));
  }

  it('decodes many frames of one FRAMES message in order', () => {
    const all = GOLDEN.map(({ hex }) => bytes(hex));
    assert.deepEqual(
      visits(framesMessage(...all)),
      GOLDEN.map(({ visit }) => visit),
    );
  });

  it('numbers messages and frames as ever', () => {
    assert.deepEqual(MESSAGE, { hello: 0x01, welcome: 0x02, ack: 0x03, frames: 0x10 });
    assert.deepEqual(FRAME, { open: 1, head: 2, data: 3, end: 4, reset: 5, window: 6 });
  });

  it('finds the same bytes in docs/PROTOCOL.md', async () => {
    const page = await readFile(new URL('../../../../docs/PROTOCOL.md', import.meta.url), 'utf8');
    for (const { name, hex } of GOLDEN) assert.ok(page.includes(`\`${hex}\``), `${name} is missing: ${hex}`);
  });
});

describe('frames at their limits', () => {
  const { methodBytes, pathBytes, headBytes, headers, reasonBytes, frameBytes, maxMessageBytes } = LINK_LIMITS;
  const open = { method: 'GET', path: '/', headers: [] };

  it('carries what is just within them', () => {
    const path = `/${'ü'.repeat((pathBytes - 2) / 2)}x`;
    const method = 'M'.repeat(methodBytes);
    const value = 'v'.repeat(headBytes - 2 - 2 - 2 - 1 - 2);
    const data = Buffer.alloc(frameBytes, 'd');
    const seen = visits(
      framesMessage(
        encodeOpen(1, { method, path, headers: manyHeaders(headers) }),
        encodeHead(2, 599, ['n', value]),
        dataFrame(3, data),
      ),
    );
    assert.deepEqual(seen, [
      ['open', 1, method, path, manyHeaders(headers)],
      ['head', 2, 599, ['n', value]],
      ['data', 3, data.toString()],
    ]);
  });

  it('does not encode what is above them', () => {
    assert.throws(() => encodeOpen(1, { ...open, method: 'M'.repeat(methodBytes + 1) }), RangeError);
    assert.throws(() => encodeOpen(1, { ...open, path: '/'.repeat(pathBytes + 1) }), RangeError);
    assert.throws(() => encodeOpen(1, { ...open, path: 'ü'.repeat(pathBytes / 2 + 1) }), RangeError);
    assert.throws(() => encodeOpen(1, { ...open, headers: manyHeaders(headers + 1) }), RangeError);
    assert.throws(() => encodeOpen(1, { ...open, headers: ['lonely'] }), RangeError);
    assert.throws(() => encodeOpen(1, { ...open, headers: ['n', 'v'.repeat(headBytes)] }), RangeError);
    assert.throws(() => encodeHead(1, 200, ['n', 'v'.repeat(headBytes - 8)]), RangeError);
    for (const status of [0, 101, 199, 600, 65_536, Number.NaN])
      assert.throws(() => encodeHead(1, status, []), RangeError);
  });

  it('cuts a long reason between two characters', () => {
    const long = `${'x'.repeat(reasonBytes - 1)}🦙 and more`;
    assert.deepEqual(visits(framesMessage(encodeReset(1, 3, long))), [['reset', 1, 3, 'x'.repeat(reasonBytes - 1)]]);
    const whole = `${'x'.repeat(reasonBytes - 4)}🦙`;
    assert.deepEqual(visits(framesMessage(encodeReset(1, 3, `${whole}!`))), [['reset', 1, 3, whole]]);
  });

  it('refuses what is above them', () => {
    const openOf = (...parts: Buffer[]): Buffer => framesMessage(rawFrame(FRAME.open, 1, Buffer.concat(parts)));
    refused(openOf(text('M'.repeat(methodBytes + 1)), text('/'), bytes('0000')), /text of 33 bytes, limit 32/);
    refused(openOf(text('GET'), text('/'.repeat(pathBytes + 1)), bytes('0000')), /text of 8193 bytes/);
    refused(openOf(text('GET'), text('/'), bytes('0101')), /257 headers, limit 256/);
    const large = Array.from({ length: 4 }, () => text('v'.repeat(20_000)));
    refused(openOf(text('GET'), text('/'), bytes('0002'), ...large), /OPEN of 80\d+ bytes/);
    refused(
      framesMessage(rawFrame(FRAME.head, 1, Buffer.concat([bytes('00c8 0002'), ...large]))),
      /HEAD of 80\d+ bytes/,
    );
    refused(framesMessage(dataFrame(1, Buffer.alloc(frameBytes + 1))), /DATA of 65537 bytes/);
    refused(framesMessage(rawFrame(FRAME.reset, 1, Buffer.alloc(2 + reasonBytes + 1))), /RESET of 515 bytes/);
    refused(Buffer.alloc(maxMessageBytes + 1, MESSAGE.frames), /message of 163841 bytes/);
  });
});

describe('malformed frames', () => {
  const table: [name: string, hex: string, reason: RegExp][] = [
    ['a frame header that is cut', '04 000000 000000', /cut frame header/],
    ['a frame that is cut', '03 000003 00000001 6869', /longer than its message/],
    ['an absurd length', '03 ffffff 00000001 6869', /longer than its message/],
    ['exchange id 0', '04 000000 00000000', /exchange id 0/],
    ['frame type 0', '00 000000 00000001', /type 0 /],
    ['frame type 7', '07 000000 00000001', /type 7 /],
    ['frame type 255', 'ff 000000 00000001', /type 255 /],
    ['DATA without bytes', '03 000000 00000001', /DATA of 0 bytes/],
    ['END with bytes', '04 000001 00000001 00', /END of 1 bytes/],
    ['WINDOW of 5 bytes', '06 000005 00000001 0000000001', /WINDOW of 5 bytes/],
    ['WINDOW of 7 bytes', '06 000007 00000001 00000000000001', /WINDOW of 7 bytes/],
    ['RESET without a code', '05 000001 00000001 01', /RESET of 1 bytes/],
    ['OPEN of nothing', '01 000000 00000001', /shorter than its content/],
    ['OPEN whose method is cut', '01 000004 00000001 0004 5047', /shorter than its content/],
    ['OPEN with too few headers', '01 00000a 00000001 0003 474554 0001 2f 0001', /shorter than its content/],
    ['OPEN with bytes left over', '01 00000b 00000001 0003 474554 0001 2f 0000 00', /1 bytes too many/],
    ['HEAD without a header count', '02 000002 00000001 00c8', /shorter than its content/],
    ['HEAD with an interim status', '02 000004 00000001 0065 0000', /status 101/],
    ['HEAD with no status of HTTP', '02 000004 00000001 ffff 0000', /status 65535/],
  ];
  for (const [name, hex, reason] of table) it(`refuses ${name}`, () => refused(framesMessage(bytes(hex)), reason));

  it('has visited the frames before the malformed one', () => {
    const seen: number[] = [];
    const visitor = { onEnd: (id: number) => seen.push(id) } as unknown as FrameVisitor; // nothing else is called
    assert.throws(() => decodeFrames(framesMessage(encodeEnd(1), encodeEnd(2), bytes('ff')), visitor), ProtocolError);
    assert.deepEqual(seen, [1, 2]);
  });

  it('takes a message without frames and text that is not UTF-8', () => {
    assert.deepEqual(visits(framesMessage()), []);
    assert.deepEqual(visits(framesMessage(bytes('05 000004 00000001 0001 ff41'))), [['reset', 1, 1, '\uFFFDA']]);
  });

  it('numbers every reset code it is given', () => {
    assert.deepEqual(visits(framesMessage(encodeReset(1, 0xffff, ''))), [['reset', 1, 0xffff, '']]);
  });
});
