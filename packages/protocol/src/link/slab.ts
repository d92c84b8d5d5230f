import { FRAME_HEADER_BYTES } from './frames.ts';
import { LINK_LIMITS } from './limits.ts';

/** Holds any message that is built, but for one with a single larger head. */
export const SLAB_BYTES = LINK_LIMITS.messageBytes + LINK_LIMITS.turnBytes + 2 * FRAME_HEADER_BYTES;
/** Slabs kept for reuse by the whole process. */
const MAX_FREE = 96;

/**
 * Messages are built in a slab. A large one keeps it and the slab comes back when its peer has acknowledged it: what is
 * kept for replay outlives young garbage, and fresh buffers cost bulk bodies a third of their CPU in collections.
 */
let current: Buffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
const free: Buffer[] = [];

/** Where the next message is built: valid until `takeMessage`. */
export function slab(): Buffer {
  return current;
}

/** The message in the first `bytes` of the slab: a copy when it is small, the slab itself otherwise. */
export function takeMessage(bytes: number): Buffer {
  if (bytes < SLAB_BYTES / 4) {
    const message = Buffer.allocUnsafe(bytes);
    current.copy(message, 0, 0, bytes);
    return message;
  }
  const message = current.subarray(0, bytes);
  current = free.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES);
  return message;
}

/** Takes a message's slab back. Only for one that no socket still holds: its bytes are about to be overwritten. */
export function recycle(message: Buffer | string): void {
  if (typeof message === 'string' || message.buffer.byteLength !== SLAB_BYTES || free.length >= MAX_FREE) return;
  free.push(Buffer.from(message.buffer));
}
