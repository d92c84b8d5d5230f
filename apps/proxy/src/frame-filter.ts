import { FRAME_HEADER_BYTES, LENGTH_BYTES, LINK_LIMITS, ProtocolError } from '@cloudtolocalllm/protocol/worker';

/** Looks at a frame, whose payload lies in `bytes` from `start` to `end`. False: it does not pass. */
export type FrameJudge = (type: number, id: number, bytes: Buffer, start: number, end: number) => boolean;

/** What remains of a FRAMES message: all of it, nothing, or so much (with its length in front). */
export type Remainder = 'all' | 'nothing' | Buffer;

/**
 * Shows the frames of a message, which lies in `bytes` from `start` to `end`, to the judge; in the normal case, that all
 * pass, nothing is allocated or copied. Throws ProtocolError on what is no frame.
 */
export function filterFrames(bytes: Buffer, start: number, end: number, judge: FrameJudge): Remainder {
  if (end - start > LINK_LIMITS.maxMessageBytes) throw new ProtocolError(`message of ${end - start} bytes`);
  let kept: Buffer | undefined;
  let keptBytes = 0;
  for (let at = start + 1; at < end;) {
    if (at + FRAME_HEADER_BYTES > end) throw new ProtocolError('cut frame header');
    const word = bytes.readUInt32BE(at);
    const id = bytes.readUInt32BE(at + 4);
    const payload = at + FRAME_HEADER_BYTES;
    const next = payload + (word & 0xffffff);
    if (next > end) throw new ProtocolError('frame longer than its message');
    if (id === 0) throw new ProtocolError('exchange id 0');
    const passes = judge(word >>> 24, id, bytes, payload, next);
    if (!passes && kept === undefined) {
      kept = Buffer.allocUnsafe(LENGTH_BYTES + end - start);
      keptBytes = LENGTH_BYTES + bytes.copy(kept, LENGTH_BYTES, start, at);
    } else if (passes && kept !== undefined) {
      keptBytes += bytes.copy(kept, keptBytes, at, next);
    }
    at = next;
  }
  if (kept === undefined) return 'all';
  if (keptBytes === LENGTH_BYTES + 1) return 'nothing';
  kept.writeUInt32BE(keptBytes - LENGTH_BYTES);
  return kept.subarray(0, keptBytes);
}
