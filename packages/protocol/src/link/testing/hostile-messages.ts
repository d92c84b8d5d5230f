import {
  encodeEnd,
  encodeHead,
  encodeOpen,
  encodeReset,
  FRAME,
  FRAME_HEADER_BYTES,
  MESSAGE,
  WINDOW_FRAME_BYTES,
  writeFrameHeader,
  writeWindow,
} from '../frames.ts';
import { encodeAck, encodeHello, encodeWelcome } from '../handshake.ts';
import { LINK_LIMITS } from '../limits.ts';
import type { Random } from './seeded-random.ts';

export const session = '66666666-7777-4888-9999-aaaaaaaaaaaa';
export const request = { method: 'POST', path: '/api/chat', headers: ['content-type', 'application/json'] };

/** Any frame, its length honest or not. */
export function rawFrame(type: number, id: number, payload: Buffer, length = payload.length): Buffer {
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  writeFrameHeader(header, 0, type, length, id);
  return Buffer.concat([header, payload]);
}

function windowFrame(id: number, limit: number): Buffer {
  const buffer = Buffer.alloc(WINDOW_FRAME_BYTES);
  writeWindow(buffer, 0, id, limit);
  return buffer;
}

export function framesMessage(...frames: Buffer[]): Buffer {
  return Buffer.concat([Buffer.of(MESSAGE.frames), ...frames]);
}

/** Well-formed as bytes, wrong or right as a step: double heads, ends, opens, data without head, ids never opened. */
function anyFrame(random: Random, id: number): Buffer {
  const frames = [
    () => encodeOpen(id, request),
    () => encodeHead(id, 200, ['content-type', 'application/x-ndjson']),
    () => rawFrame(FRAME.data, id, Buffer.alloc(1 + random.below(random.chance(0.1) ? LINK_LIMITS.frameBytes : 40))),
    () => encodeEnd(id),
    () => encodeReset(id, random.below(14), 'because'),
    () => windowFrame(id, random.pick([0, 1, LINK_LIMITS.initialWindow, 2 ** 20, 2 ** 48 - 1])),
    () => rawFrame(FRAME.data, id, Buffer.alloc(LINK_LIMITS.frameBytes)),
    () =>
      encodeHead(
        id,
        200,
        Array.from({ length: 512 }, () => 'x'.repeat(random.below(120))),
      ),
  ];
  return random.pick(frames)();
}

/** Wrong as bytes. */
function brokenFrame(random: Random, id: number): Buffer {
  const frames = [
    () => rawFrame(random.below(256), id, random.bytes(random.below(64))),
    () => rawFrame(1 + random.below(6), id, random.bytes(random.below(64)), random.pick([0, 1, 0xffff, 0xffffff])),
    () => rawFrame(FRAME.open, id, Buffer.concat([Buffer.from('000447455400012fffff', 'hex'), random.bytes(40)])),
    () =>
      rawFrame(FRAME.head, id, Buffer.concat([Buffer.from('00c80001ffff', 'hex'), Buffer.alloc(random.below(70_000))])),
    () => rawFrame(FRAME.data, id, Buffer.alloc(LINK_LIMITS.frameBytes + 1 + random.below(1000))),
    () => rawFrame(FRAME.data, 0, Buffer.alloc(1)),
  ];
  return random.pick(frames)();
}

/** Cuts, prolongs or changes some bytes. */
function mutate(random: Random, message: Buffer): Buffer {
  if (random.chance(0.3)) return message.subarray(0, random.below(message.length + 1));
  if (random.chance(0.2)) return Buffer.concat([message, random.bytes(1 + random.below(20))]);
  const changed = Buffer.from(message);
  for (let left = 1 + random.below(4); left > 0; left--) changed[random.below(changed.length)] = random.below(256);
  return changed;
}

export function anyMessage(random: Random, freshId: () => number): Buffer | string {
  const id = random.chance(0.3) ? freshId() : random.pick([1, 1, 2, 2, 3, 4, 1000, 0xffffffff]);
  const messages = [
    () => framesMessage(encodeOpen(freshId(), request), anyFrame(random, id), anyFrame(random, id)),
    () => framesMessage(...Array.from({ length: 1 + random.below(12) }, () => anyFrame(random, id))),
    () => framesMessage(anyFrame(random, id), brokenFrame(random, id)),
    () => mutate(random, framesMessage(encodeOpen(freshId(), request), anyFrame(random, id))),
    () => encodeAck(random.pick([0, 0, 1, 2, 3, 1000, 2 ** 48 - 1])),
    () => mutate(random, encodeAck(1)),
    () => encodeHello({ version: random.below(256), instance: session, received: 0 }),
    () => encodeWelcome({ version: 1, resumed: true, session, received: 5, graceMs: 0 }),
    () => random.bytes(random.below(200)),
    () => random.pick(['', '{', '{"type":"status_update"}', '\uD800', 'x'.repeat(random.below(10_000))]),
  ];
  return random.pick(messages)();
}

/** What a peer may send, so that cases get deep: whole exchanges, late frames, windows, envelopes. */
export function properMessage(random: Random, role: 'relay' | 'bridge', freshId: () => number): Buffer | string {
  const id = freshId();
  const data = Array.from({ length: random.below(4) }, () =>
    rawFrame(FRAME.data, id, Buffer.alloc(1 + random.below(5000))),
  );
  const start = role === 'relay' ? encodeHead(id, 200, []) : encodeOpen(id, request);
  const end = random.pick([
    [],
    [encodeEnd(id)],
    [encodeReset(id, 3, 'runner died'), encodeEnd(id), windowFrame(id, 1e6)],
  ]);
  if (role === 'relay' && id > 3) return random.pick(['{"type":"status_update"}', framesMessage(windowFrame(1, 1e6))]);
  return framesMessage(start, ...data, windowFrame(id, random.below(1e6)), ...end);
}
