import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes in use after all garbage has been collected: objects and buffers. */
export function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void; // as: what the flag adds
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
