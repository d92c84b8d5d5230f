import { encodeHello, PROTOCOL_VERSION } from '@cloudtolocalllm/protocol';
import { anyMessage, properMessage } from '@cloudtolocalllm/protocol/testing/hostile-messages.ts';
import type { Random } from '@cloudtolocalllm/protocol/testing/seeded-random.ts';
import { type FrameOptions, OPCODE, webSocketFrame } from './raw-web-socket.ts';

const MB = 1024 * 1024;

/** An upgrade request: mostly right, sometimes wrong in one way. */
export function upgradeRequest(random: Random, path: string, token: string): Buffer {
  const headers: Record<string, string> = {
    host: 'localhost',
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': random.bytes(16).toString('base64'),
    authorization: `Bearer ${token}`,
  };
  const changes: (() => void)[] = [
    () => (headers['sec-websocket-version'] = random.pick(['8', '12', '0', '', 'x', '13, 8'])),
    () => (headers['sec-websocket-key'] = random.pick(['', 'short', 'x'.repeat(5000), '=='])),
    () => (headers['upgrade'] = random.pick(['WebSocket', 'websocket, h2c', 'h2c', 'x'])),
    () => (headers['connection'] = random.pick(['upgrade, keep-alive', 'close', 'keep-alive'])),
    () =>
      (headers['sec-websocket-extensions'] = random.pick([
        'permessage-deflate',
        'permessage-deflate; x=',
        ';;',
        'x'.repeat(9000),
        '"',
      ])),
    () =>
      (headers['sec-websocket-protocol'] = random.pick([
        'c2l.v1',
        'c2l.v1, bearer.x',
        ',',
        'a b',
        'c2l.v1, c2l.v1',
        'x'.repeat(9000),
      ])),
    () => (headers['origin'] = random.pick(['null', 'https://evil.example', 'x'.repeat(3000)])),
    () =>
      (headers['authorization'] = random.pick([
        '',
        'Bearer',
        `Bearer ${token.slice(0, -5)}`,
        `Basic ${token}`,
        `Bearer ${'x'.repeat(9000)}`,
      ])),
    () => (headers['content-length'] = '10'),
    () => (headers['transfer-encoding'] = 'chunked'),
    () =>
      (path = random.pick([
        `${path}/`,
        `${path}?token=x`,
        path.toUpperCase(),
        `${path.slice(0, path.lastIndexOf('/'))}/${'x'.repeat(5000)}`,
        `${path.slice(0, path.lastIndexOf('/'))}/%00`,
        '/ws/',
        `http://localhost${path}`,
      ])),
  ];
  if (random.chance(0.2)) random.pick(changes)();
  const method = random.chance(0.02) ? 'POST' : 'GET';
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from([`${method} ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n'));
}

/** The first message: a good HELLO, one that resumes or claims to, or none. */
export function hello(random: Random, known: { instance: string; session: string | undefined }): Buffer {
  const { session } = known;
  const good = { version: PROTOCOL_VERSION, instance: known.instance, received: 0 };
  const bytes = random.pick([
    encodeHello(good),
    encodeHello(good),
    encodeHello({ ...good, instance: crypto.randomUUID() }),
    encodeHello({ ...good, ...(session && { session }), received: random.pick([0, 1, 5, 1000, 2 ** 48 - 1]) }),
    encodeHello({ ...good, session: crypto.randomUUID(), received: 3 }),
    encodeHello({ ...good, version: random.below(256) }),
    encodeHello(good).subarray(0, random.below(40)),
    Buffer.concat([encodeHello(good), random.bytes(random.below(10))]),
    random.bytes(40),
  ]);
  return webSocketFrame({ opcode: random.chance(0.95) ? OPCODE.binary : OPCODE.text, payload: bytes });
}

/** Some bytes for an open socket: messages of the link, envelopes, or frames that no client may send. */
export function hostileBytes(random: Random, freshId: () => number): Buffer {
  const parts = [
    anyLinkMessage,
    anyLinkMessage,
    goodLinkMessage,
    goodLinkMessage,
    anyEnvelope,
    anyEnvelope,
    brokenFrame,
  ];
  return random.pick(parts)(random, freshId);
}

function anyLinkMessage(random: Random, freshId: () => number): Buffer {
  return message(anyMessage(random, freshId));
}

function goodLinkMessage(random: Random, freshId: () => number): Buffer {
  return message(properMessage(random, 'relay', freshId));
}

/** In one frame or, as clients may, in several. */
function message(content: Buffer | string): Buffer {
  const opcode = typeof content === 'string' ? OPCODE.text : OPCODE.binary;
  return webSocketFrame({ opcode, payload: Buffer.from(content) });
}

const PAYLOADS: unknown[] = [
  { ollamaStatus: 'connected', models: ['m'], systemLoad: 0.5 },
  { ollamaStatus: 'connected', models: Array.from({ length: 1001 }, () => 'x'), systemLoad: -1 },
  { ollamaStatus: 'x', models: 'm' },
  { models: ['\ud800', '\u0000', 'x'.repeat(200)], ollamaStatus: 'disconnected', engine: { kind: '', version: '<b>' } },
  { token: 'x' },
  { token: 'x'.repeat(9000) },
  { requestId: 'nobody', content: 'late' },
  { requestId: 'x'.repeat(200), content: '' },
  { requestId: '__proto__', content: 'x', totalTokens: -1 },
  { requestId: 'constructor', code: 'internal_error', message: 'x'.repeat(4000) },
  { requestId: 'toString', totalTokens: 2 ** 53 },
  null,
  [],
  'text',
];
const TYPES = [
  'status_update',
  'authenticate',
  'chat_chunk',
  'chat_complete',
  'chat_error',
  'chat_request',
  'later',
  '__proto__',
  '',
  1,
];

/** JSON envelopes of every type with payloads of any other, and what is none. */
function anyEnvelope(random: Random): Buffer {
  const envelope = {
    type: random.pick(TYPES),
    id: random.pick(['1', undefined, 1, 'x'.repeat(200)]),
    payload: random.pick(PAYLOADS),
  };
  const good = { type: 'status_update', payload: PAYLOADS[0] };
  const text = JSON.stringify(random.chance(0.3) ? good : envelope);
  const texts = [
    '',
    '{',
    'null',
    '[]',
    '"x"',
    text.slice(0, random.below(text.length)),
    '['.repeat(50_000),
    `${text} `,
  ];
  return message(random.chance(0.75) ? text : random.pick(texts));
}

const DEVICE_PAYLOADS: unknown[] = [
  { after: 'x' },
  { after: 'x'.repeat(200) },
  { after: '0123456789ab-1' },
  { after: '__proto__-0' },
  { after: 1 },
  { token: 'x' },
  { token: '' },
  { token: '\u0000' },
  { token: 'c2l_x' },
  { token: 'e30.e30.e30' },
  { token: 'x'.repeat(9000) },
  null,
  [],
  'text',
];

/** Some bytes for the socket of a person's device: its messages, envelopes of others, or frames that no client may send. */
export function hostileDeviceBytes(random: Random, seen: readonly string[]): Buffer {
  const type = random.pick(['resume', 'authenticate', 'ready', 'later', '__proto__', 1]);
  const payload = random.chance(0.3) && seen.length > 0 ? { after: random.pick(seen) } : random.pick(DEVICE_PAYLOADS);
  const parts = [
    () => message(JSON.stringify({ type, payload })),
    () => anyEnvelope(random),
    () => brokenFrame(random),
  ];
  return random.pick([...parts, parts[0]!])(); // there are three
}

/** Against RFC 6455, or above a limit. */
function brokenFrame(random: Random): Buffer {
  const payload = random.bytes(random.below(60));
  const frames: FrameOptions[][] = [
    [{ opcode: OPCODE.binary, payload, masked: false }],
    [{ opcode: OPCODE.text, payload: Buffer.from([0xc3, 0x28, 0xff, 0xfe]) }],
    [{ opcode: OPCODE.text, payload: Buffer.from([0xed, 0xa0, 0x80]) }],
    [{ opcode: OPCODE.ping, payload: Buffer.alloc(126) }],
    [{ opcode: OPCODE.ping, payload, fin: false }],
    [{ opcode: random.pick([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]), payload }],
    [{ opcode: OPCODE.binary, payload, reserved: 1 + random.below(7) }],
    [{ opcode: OPCODE.continuation, payload }],
    [
      { opcode: OPCODE.text, payload, fin: false },
      { opcode: OPCODE.text, payload },
    ],
    [{ opcode: OPCODE.text, payload, length: 2 ** 40 }],
    [{ opcode: OPCODE.text, payload, length: 2 ** 53 }],
    [{ opcode: OPCODE.binary, payload, length: 100_000 }],
    [{ opcode: OPCODE.close, payload: Buffer.from([0x03]) }],
    [{ opcode: OPCODE.close, payload: Buffer.from([0, 0]) }],
    [{ opcode: OPCODE.close, payload: Buffer.from([0x03, 0xe8, 0xff, 0xfe]) }],
    [{ opcode: OPCODE.close, payload: Buffer.from([0x03, random.pick([0xe8, 0xed, 0xf7])]) }],
    Array.from({ length: 300 }, () => ({ opcode: OPCODE.ping, payload })),
    Array.from({ length: 300 }, () => ({ opcode: OPCODE.pong, payload })),
    Array.from({ length: 2000 }, (_, index) => ({
      opcode: index === 0 ? OPCODE.text : OPCODE.continuation,
      payload: Buffer.of(32),
      fin: false,
    })),
    ...(random.chance(0.05) ? [[{ opcode: OPCODE.text, payload: Buffer.alloc(4 * MB + 1, 32) }]] : []),
    ...(random.chance(0.05)
      ? [
          Array.from({ length: 17_000 }, (_, index) => ({
            opcode: index === 0 ? OPCODE.binary : OPCODE.continuation,
            fin: false,
          })),
        ]
      : []),
  ];
  if (random.chance(0.1)) return random.bytes(1 + random.below(300));
  return Buffer.concat(random.pick(frames).map((frame) => webSocketFrame(frame)));
}
